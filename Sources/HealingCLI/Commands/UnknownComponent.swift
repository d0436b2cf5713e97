import Healing
import HealingSQLite

/// The ledger does not know a component by that name.
struct UnknownComponent: Error, CustomStringConvertible {
  let description: String

  /// Looks for the name that may have been meant.
  init(_ name: ComponentName, in reader: SQLiteLedgerReader) async {
    let known = (try? await reader.components.all().map(\.name.text)) ?? []
    let hint = Spelling.nearest(to: name.text, among: known).map { "; did you mean '\($0)'? See" } ?? "; see"
    description =
      "\(reader.path): no component is called '\(name)'\(hint) 'healing components list --ledger \(reader.path)'"
  }
}
