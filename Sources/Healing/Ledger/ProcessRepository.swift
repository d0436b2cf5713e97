/// Reads the programs that wrote.
public protocol ProcessRepository: Sendable {
  /// The last `limit` of them, newest last.
  func recent(limit: Int) async throws(LedgerError) -> [ProcessRecord]
}
