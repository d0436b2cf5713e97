import Healing

/// The id of a server-sent event: the ledger id of the row, and its position in the ledger's feed, which alone says
/// what comes after it. `250901623920530432.17`.
struct EventID: CustomStringConvertible {
  let row: LedgerID
  let position: Int64

  init(_ event: FeedEvent) {
    row = event.event.id
    position = event.position
  }

  /// Reads what a client sends back; `nil` when it is none.
  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let row = LedgerID(String(parts[0])), let position = Int64(digits: parts[1]),
      position > 0
    else { return nil }
    self.row = row
    self.position = position
  }

  var description: String { "\(row).\(position)" }
}
