/// The request and the user of a call, as the ledger stores them with errors, recoveries and rejected calls.
public struct RequestInfo: Sendable, Hashable {
  /// The default for calls without a request. A server sets it once per request, and nested calls inherit it.
  ///
  /// ```swift
  /// try await RequestInfo.$current.withValue(RequestInfo(requestID: "r-1", userID: "u-7")) {
  ///   try await orders.execute("place") { try await payments.charge(order) }
  /// }
  /// ```
  @TaskLocal public static var current: RequestInfo?

  /// The caller's request id.
  public var requestID: String?
  /// The user of the call.
  public var userID: String?
  /// Other details; stored with errors. Redacted before they are stored.
  public var metadata: [String: String]

  /// Creates a request; every part is optional.
  public init(requestID: String? = nil, userID: String? = nil, metadata: [String: String] = [:]) {
    self.requestID = requestID
    self.userID = userID
    self.metadata = metadata
  }
}
