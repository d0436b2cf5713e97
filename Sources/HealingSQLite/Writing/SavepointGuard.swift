import HealingLedger
import Healing

/// Writes the parts of a batch. In per-entry mode each part has a savepoint, so that a refusal by SQLite costs
/// only that part and is counted.
struct SavepointGuard {
  private let connection: Connection
  private let oneByOne: Bool
  /// Gap counts of the batch so far.
  var gaps: [GapKey: Int64]
  /// Number of refused events.
  private(set) var refused: Int64 = 0

  /// - Parameters:
  ///   - oneByOne: whether each part has a savepoint; if not, a refusal is an error like any other.
  ///   - gaps: gap counts of the queue.
  init(connection: Connection, oneByOne: Bool, gaps: [GapKey: Int64]) {
    self.connection = connection
    self.oneByOne = oneByOne
    self.gaps = gaps
  }

  /// Runs `body`.
  /// - Parameters:
  ///   - component: component charged with the gap row; `nil` for no gap row.
  ///   - events: number of events of the part.
  /// - Returns: false when the part was refused.
  /// - Throws: any other error, and a refusal when `oneByOne` is false.
  mutating func run(
    _ component: @autoclosure () -> ComponentName?, events: Int64, _ body: () throws(SQLiteError) -> Void
  ) throws(SQLiteError) -> Bool {
    guard oneByOne else {
      try body()
      return true
    }
    try connection.run("SAVEPOINT part")
    do throws(SQLiteError) {
      try body()
    } catch {
      guard error.isRefusal else { throw error }
      try connection.run("ROLLBACK TO part")
      try connection.run("RELEASE part")
      if let component = component() {
        refused.addClamped(max(1, events))
        gaps[GapKey(component: component, kind: .entriesRefused), default: 0].addClamped(max(1, events))
      }
      return false
    }
    try connection.run("RELEASE part")
    return true
  }
}
