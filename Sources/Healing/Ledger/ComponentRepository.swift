/// Reads the components known.
public protocol ComponentRepository: Sendable {
  /// All of them, by name.
  func all() async throws(LedgerError) -> [ComponentRecord]
}
