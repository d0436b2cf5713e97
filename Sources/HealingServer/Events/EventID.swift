import Healing

/// The id of a server-sent event, such as `250901623920530432.17`: the ledger id of the row and its position in
/// the ledger's feed. Only the position determines the order.
struct EventID: CustomStringConvertible {
  let row: LedgerID
  let position: Int64

  init(_ event: FeedEvent) {
    row = event.event.id
    position = event.position
  }

  /// Parses an id that a client sends; `nil` when it is invalid.
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
