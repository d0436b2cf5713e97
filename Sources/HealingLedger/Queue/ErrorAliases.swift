package import Healing

/// The rows of errors that were merged into another error's row, so that later entries refer to a row that exists.
/// Bounded: keeps the latest ``limit`` errors, and the errors to which the components' breakers refer.
package struct ErrorAliases {
  /// Maximum number of errors, without those of breakers.
  package static let limit = 65_536

  private var rows: [LedgerID: LedgerID] = [:]
  /// The keys of `rows`; past the limit, the oldest is replaced.
  private var order: [LedgerID] = []
  private var oldest = 0
  /// The error to which each component's breaker refers, and its row. A circuit can stay open longer than `rows`
  /// keeps the error.
  private var trips: [ComponentName: (error: LedgerID, row: LedgerID)] = [:]
  private var tripRows: [LedgerID: LedgerID] = [:]

  package init() {}

  package var isEmpty: Bool { rows.isEmpty && tripRows.isEmpty }

  /// Records that `error` was merged into the row of another error.
  package mutating func add(_ error: LedgerID, row: LedgerID) {
    guard error != row, rows.updateValue(row, forKey: error) == nil else { return }
    if order.count < Self.limit {
      order.append(error)
    } else {
      rows[order[oldest]] = nil
      order[oldest] = error
      oldest = (oldest + 1) % Self.limit
    }
  }

  /// Returns the row that has an error.
  package func row(of error: LedgerID) -> LedgerID { rows[error] ?? tripRows[error] ?? error }

  /// Returns the row that has the error to which a component's breaker refers, and keeps it while the breaker refers
  /// to it.
  package mutating func row(ofTrip error: LedgerID?, _ component: ComponentName) -> LedgerID? {
    guard let error else {
      dropTrip(of: component)
      return nil
    }
    let row = row(of: error)
    if row != error && trips[component]?.error != error {
      dropTrip(of: component)
      trips[component] = (error, row)
      tripRows[error] = row
    }
    return row
  }

  private mutating func dropTrip(of component: ComponentName) {
    guard let trip = trips.removeValue(forKey: component) else { return }
    if !trips.values.contains(where: { $0.error == trip.error }) { tripRows[trip.error] = nil }
  }
}
