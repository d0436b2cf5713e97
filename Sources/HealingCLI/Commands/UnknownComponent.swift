import Healing
import HealingSQLite

/// The ledger has no component with this name.
struct UnknownComponent: Error, CustomStringConvertible {
  let description: String

  /// Checks that a component is known or has totals. A forgotten component has totals.
  /// - Throws: ``UnknownComponent``, so that a misspelt name does not yield an empty report.
  static func check(_ name: ComponentName, in reader: SQLiteLedgerReader) async throws {
    guard try await reader.components.find(name) == nil,
      try await reader.recoveries.statistics(.all, component: name).isEmpty
    else { return }
    throw await UnknownComponent(name, in: reader)
  }

  /// Searches for a similar known name, as a hint.
  init(_ name: ComponentName, in reader: SQLiteLedgerReader) async {
    let known = (try? await reader.components.all().map(\.name.text)) ?? []
    let hint = Spelling.nearest(to: name.text, among: known).map { "; did you mean '\($0)'? See" } ?? "; see"
    description =
      "\(reader.path): no component is called '\(name)'\(hint) 'healing components list --ledger \(reader.path)'"
  }
}
