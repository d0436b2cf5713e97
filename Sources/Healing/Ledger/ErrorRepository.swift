/// Reads failed attempts.
public protocol ErrorRepository: Sendable {
  /// Returns the error with an id; `nil` when there is no such row.
  func find(_ id: LedgerID) async throws(LedgerError) -> ErrorContext?
  /// Returns the last `limit` errors, newest last.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [ErrorContext]
}
