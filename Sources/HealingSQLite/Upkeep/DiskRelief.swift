import Healing

/// Decides when a full disk may cost rows. A program that fills the disk again and again would otherwise cost every row.
///
/// One relief deletes rows within the limits that were set at its beginning, over as many failed writes as it needs. The next one
/// begins when the ledger has written half of the freed bytes itself, or a minute later.
struct DiskRelief: Sendable {
  private enum State {
    case none
    case running(Pruner.Relief, usedBefore: Int64)
    /// With the bytes in use before and after, and the monotonic time of the end.
    case ended(before: Int64, after: Int64, at: Int64)
  }

  /// Nanoseconds from the end of a relief to the next one.
  private static let interval: Int64 = 60_000_000_000
  /// Least bytes that the ledger has grown by before the next relief within the interval.
  private static let leastGrowth: Int64 = 256 << 10

  private var state = State.none

  /// Returns the limits of the relief that is in progress, or of a new one; `nil` while no rows may be deleted.
  /// - Parameter bytes: what a new relief frees at least, if its other limits allow it.
  mutating func limits(bytes: Int64, _ connection: Connection, at time: any TimeSource) throws(SQLiteError)
    -> Pruner.Relief?
  {
    let used = try Pruner.usedBytes(connection)
    switch state {
    case .running(let limits, _): return limits
    case .ended(let before, let after, let end):
      let growth = max((before - after) / 2, Self.leastGrowth)
      guard used - after >= growth || time.monotonicNanoseconds() - end >= Self.interval else { return nil }
    case .none: break
    }
    let limits = try Pruner.Relief(bytes: bytes, connection, now: time.wallClock())
    state = .running(limits, usedBefore: used)
    return limits
  }

  /// Ends the relief in progress: it has deleted what it may, or a batch was written.
  mutating func end(_ connection: Connection, at time: any TimeSource) {
    guard case .running(_, let before) = state else { return }
    let after = (try? Pruner.usedBytes(connection)) ?? before
    state = .ended(before: before, after: min(before, after), at: time.monotonicNanoseconds())
  }
}
