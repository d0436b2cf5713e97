/// Reads the processes that wrote.
public protocol ProcessRepository: Sendable {
  /// Returns the last `limit` processes, newest last.
  func recent(limit: Int) async throws(LedgerError) -> [ProcessRecord]
}
