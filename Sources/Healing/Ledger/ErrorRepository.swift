/// Reads failed attempts.
public protocol ErrorRepository: Sendable {
  /// The error with an id.
  func find(_ id: LedgerID) async throws(LedgerError) -> ErrorContext?
  /// The last `limit` errors, newest last.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [ErrorContext]
}
