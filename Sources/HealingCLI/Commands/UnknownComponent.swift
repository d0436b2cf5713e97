import Healing
import HealingSQLite

/// The ledger has no component with this name.
struct UnknownComponent: Error, CustomStringConvertible {
  let description: String

  /// Searches for a similar known name, as a hint.
  init(_ name: ComponentName, in reader: SQLiteLedgerReader) async {
    let known = (try? await reader.components.all().map(\.name.text)) ?? []
    let hint = Spelling.nearest(to: name.text, among: known).map { "; did you mean '\($0)'? See" } ?? "; see"
    description =
      "\(reader.path): no component is called '\(name)'\(hint) 'healing components list --ledger \(reader.path)'"
  }
}
