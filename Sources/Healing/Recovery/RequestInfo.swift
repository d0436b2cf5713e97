/// The request and the user that a call is made for, as the ledger stores them with errors, recoveries and rejected calls.
public struct RequestInfo: Sendable, Hashable {
  /// For calls that are given none: a server sets it once a request, and nested calls inherit it.
  ///
  /// ```swift
  /// try await RequestInfo.$current.withValue(RequestInfo(requestID: "r-1", userID: "u-7")) {
  ///   try await orders.execute("place") { try await payments.charge(order) }
  /// }
  /// ```
  @TaskLocal public static var current: RequestInfo?

  /// The caller's request id.
  public var requestID: String?
  /// The user on whose behalf the call is made.
  public var userID: String?
  /// Anything else; stored with errors. Secrets are removed before it is stored.
  public var metadata: [String: String]

  /// All of it is optional.
  public init(requestID: String? = nil, userID: String? = nil, metadata: [String: String] = [:]) {
    self.requestID = requestID
    self.userID = userID
    self.metadata = metadata
  }
}
