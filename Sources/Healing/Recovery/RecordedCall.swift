/// The texts of a call as the ledger stores them: redacted once for all rows of an execution.
struct RecordedCall: Sendable {
  /// The operation's name, without secrets.
  let operation: String
  /// The caller's request id, without secrets.
  let requestID: String?
  /// The user of the call, without secrets.
  let userID: String?
  /// Other details, without secrets.
  let metadata: [String: String]

  init(
    operation: String, requestID: String? = nil, userID: String? = nil, metadata: [String: String] = [:]
  ) {
    self.operation = Redactor.redactName(operation)
    self.requestID = requestID.map(Redactor.redactName)
    self.userID = userID.map(Redactor.redactName)
    self.metadata = Redactor.redact(metadata)
  }

  init(operation: String, _ request: RequestInfo?) {
    self.init(
      operation: operation, requestID: request?.requestID, userID: request?.userID,
      metadata: request?.metadata ?? [:])
  }
}
