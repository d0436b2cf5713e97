/// How complete a ledger is in a range: the row of `coverage`.
public struct LedgerCoverage: Sendable, Hashable, Encodable {
  /// Calls of the range, rejected and cancelled ones included.
  public var calls: Int64
  /// Events that lost their detail. Their counts are exact, unless they were dropped.
  public var gapEvents: Int64
  /// `1 - gapEvents / calls`, 0...1; 1 without calls and gaps.
  public var coverage: Double
  /// Runs that ended without closing the ledger.
  public var interruptedRuns: Int64
  /// Rows whose time is more than 10 s before the time of their id: the clock had been ahead.
  public var clockSteps: Int64
  /// The first error of the range; `nil` when there is none.
  public var firstErrorID: LedgerID?
  /// The last error of the range.
  public var lastErrorID: LedgerID?
  /// Whether retention has kept the rows of the whole range. If not, times are known to the minute.
  public var hasRows: Bool

  package init(
    calls: Int64, gapEvents: Int64, interruptedRuns: Int64, clockSteps: Int64, firstErrorID: LedgerID?,
    lastErrorID: LedgerID?, hasRows: Bool
  ) {
    self.calls = calls
    self.gapEvents = gapEvents
    coverage = gapEvents == 0 ? 1 : calls == 0 ? 0 : max(0, 1 - Double(gapEvents) / Double(calls))
    self.interruptedRuns = interruptedRuns
    self.clockSteps = clockSteps
    self.firstErrorID = firstErrorID
    self.lastErrorID = lastErrorID
    self.hasRows = hasRows
  }
}
