/// Who asked for a call, as the ledger stores it with an error.
public struct RequestInfo: Sendable, Hashable {
  /// The caller's request id.
  public var requestID: String?
  /// The user on whose behalf the call is made.
  public var userID: String?
  /// Anything else. Secrets are removed before it is stored.
  public var metadata: [String: String]

  /// From its parts.
  public init(requestID: String? = nil, userID: String? = nil, metadata: [String: String] = [:]) {
    self.requestID = requestID
    self.userID = userID
    self.metadata = metadata
  }
}
