/// Reads the components known: those that were recorded and not forgotten since.
public protocol ComponentRepository: Sendable {
  /// All of them, by name.
  func all() async throws(LedgerError) -> [ComponentRecord]
  /// The one of a name; `nil` when the ledger does not know it.
  func find(_ name: ComponentName) async throws(LedgerError) -> ComponentRecord?
}

extension ComponentRepository {
  /// Looks through all of them.
  public func find(_ name: ComponentName) async throws(LedgerError) -> ComponentRecord? {
    try await all().first { $0.name == name }
  }
}
