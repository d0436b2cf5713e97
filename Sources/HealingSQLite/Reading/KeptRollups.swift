package import Healing

/// From which time on a ledger has the sums of minutes and of hours. Reports on an earlier time are by hours and days, as `kept` in
/// `Queries/*.sql` divides them.
package struct KeptRollups: Sendable, Hashable {
  /// Microseconds; `nil`: all are there.
  private let minutesFrom: Int64?
  private let hoursFrom: Int64?

  init(_ connection: Connection) throws(SQLiteError) {
    minutesFrom = try WatermarkTable.prunedBefore(WatermarkTable.rollups, resolution: 60, connection)
    hoursFrom = try WatermarkTable.prunedBefore(WatermarkTable.rollups, resolution: 3_600, connection)
  }

  /// Returns the range that a report on totals covers.
  package func widened(_ range: LedgerRange) -> LedgerRange {
    let minutes = range.inWholeMinutes
    func unit(_ time: Timestamp, _ isBefore: (Int64, Int64) -> Bool) -> Int64? {
      if let hoursFrom, isBefore(time.microseconds, hoursFrom) { return 86_400_000_000 }
      if let minutesFrom, isBefore(time.microseconds, minutesFrom) { return 3_600_000_000 }
      return nil
    }
    func down(_ time: Int64, to unit: Int64) -> Int64 { time / unit * unit }
    return LedgerRange(
      since: range.since.map { since in
        guard since.microseconds >= 0, let unit = unit(since, <) else { return minutes.since ?? since }
        return Timestamp(microseconds: down(since.microseconds, to: unit))
      },
      until: range.until.map { until in
        guard until.microseconds >= 0, let unit = unit(until, <=) else { return minutes.until ?? until }
        return Timestamp(microseconds: down(until.microseconds.addingClamped(unit - 1), to: unit))
      })
  }
}

extension SQLiteLedgerReader {
  /// Returns which sums the ledger has.
  /// - Throws: `LedgerError`.
  package func keptRollups() async throws(LedgerError) -> KeptRollups {
    try await readers.read("the watermarks") { connection throws(SQLiteError) in try KeptRollups(connection) }
  }
}
