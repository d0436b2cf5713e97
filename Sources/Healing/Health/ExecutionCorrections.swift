/// What clients' reports of recoveries change in executions that were counted before.
///
/// A client reports each failed attempt by itself, and each counts as a lost execution. Its report of the recovery shows
/// which of them were attempts of one execution, and how that execution ended. They were counted in the minutes from that of the
/// recovered error to that of the report; ``take(from:isFirst:)`` takes them from what those minutes hold.
package struct ExecutionCorrections: Sendable, Hashable {
  /// Attempts that were counted as executions of their own.
  package var extraAttempts: Int64 = 0
  /// Executions with extra attempts. The first attempt of each stays an execution.
  package var executions: Int64 = 0
  /// Lost executions to subtract.
  package var lost: Int64 = 0
  /// Executions with extra attempts that stay lost.
  package var stillLost: Int64 = 0
  /// Outcomes in place of `lost`.
  package var saved: Int64 = 0
  package var degraded: Int64 = 0
  package var undone: Int64 = 0
  /// Time of the last report.
  package var until = Timestamp(microseconds: 0)

  package init() {}

  package var isEmpty: Bool { extraAttempts == 0 && lost == 0 }

  package mutating func add(_ other: ExecutionCorrections) {
    extraAttempts.addClamped(other.extraAttempts)
    executions.addClamped(other.executions)
    lost.addClamped(other.lost)
    stillLost.addClamped(other.stillLost)
    saved.addClamped(other.saved)
    degraded.addClamped(other.degraded)
    undone.addClamped(other.undone)
    until = max(until, other.until)
  }

  /// Minutes from that of the recovered errors on whose counts change, at most: the first attempt and the last are not further apart.
  package static let mostMinutes: Int64 = 61

  /// Returns the starts of the minutes whose counts change, in microseconds: the first, and the end after the last.
  package func minutes(from first: Int64) -> Range<Int64> {
    let minute: Int64 = 60_000_000
    let start = first / minute * minute
    let end = min(until.microseconds / minute * minute, start.addingClamped((Self.mostMinutes - 1) * minute))
    return start..<max(start, end).addingClamped(minute)
  }

  /// Takes from a minute what it holds. Call it for each minute, in order.
  /// - Parameters:
  ///   - minute: the attempts, extra attempts and lost executions of the minute.
  ///   - isFirst: whether it is the minute of the recovered errors.
  /// - Returns: the extra attempts to add, and the lost executions to subtract.
  package mutating func take(from minute: (attempts: Int64, extra: Int64, lost: Int64), isFirst: Bool) -> (
    extra: Int64, lost: Int64
  ) {
    let free = minute.attempts.subtractingClamped(minute.extra).subtractingClamped(isFirst ? executions : 0)
    let found = minute.lost.subtractingClamped(isFirst ? stillLost : 0)
    let taken = (extra: min(extraAttempts, max(0, free)), lost: min(lost, max(0, found)))
    extraAttempts -= taken.extra
    lost -= taken.lost
    return taken
  }

  /// Returns the outcomes, of no more executions than were found lost.
  package func outcomes(found: Int64) -> ExecutionCounts {
    var counts = ExecutionCounts()
    var rest = found
    for (outcome, count) in [
      (ExecutionOutcome.saved, saved), (.degraded, degraded), (.undone, undone),
    ] {
      let taken = min(count, rest)
      counts.add(outcome, taken)
      rest -= taken
    }
    return counts
  }
}
