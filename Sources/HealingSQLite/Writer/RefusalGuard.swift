import HealingLedger
import Healing

/// Writes parts of a batch so that what SQLite refuses costs that part alone, and counts it.
struct RefusalGuard {
  private let connection: Connection
  private let oneByOne: Bool
  /// What was given up, of the batch so far.
  var gaps: [GapKey: Int64]
  /// Events that were refused.
  private(set) var refused: Int64 = 0

  /// - Parameters:
  ///   - oneByOne: each part in a savepoint of its own; if not, a refusal is an error like any other.
  ///   - gaps: what had been given up before.
  init(connection: Connection, oneByOne: Bool, gaps: [GapKey: Int64]) {
    self.connection = connection
    self.oneByOne = oneByOne
    self.gaps = gaps
  }

  /// Runs `body`.
  /// - Parameters:
  ///   - component: what the part is about; `nil` when its loss is none.
  ///   - events: how many events it stands for.
  /// - Returns: false when it was refused.
  /// - Throws: any other error, and a refusal when parts are not written one by one.
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
