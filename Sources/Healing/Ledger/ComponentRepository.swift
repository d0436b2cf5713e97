/// Reads the known components: those that were recorded and not forgotten since.
public protocol ComponentRepository: Sendable {
  /// Returns all known components, by name.
  func all() async throws(LedgerError) -> [ComponentRecord]
  /// Returns the component of a name; `nil` when the ledger does not know it.
  func find(_ name: ComponentName) async throws(LedgerError) -> ComponentRecord?
}

extension ComponentRepository {
  /// Reads all components.
  public func find(_ name: ComponentName) async throws(LedgerError) -> ComponentRecord? {
    try await all().first { $0.name == name }
  }
}
