import Healing

/// Decides when a check is due and what it reports, without a clock or a lock. A component turns bad after
/// `failureThreshold` bad runs in a row, and good again after `successThreshold` good runs in a row.
struct CheckSchedule: Sendable {
  /// Interval and thresholds of one check.
  struct Options: Sendable, Hashable {
    /// Time between two runs; `nil`: the check runs in each round of the monitor.
    var interval: Duration?
    /// Bad runs in a row until the component is bad.
    var failureThreshold = 1
    /// Good runs in a row until a bad component is good again.
    var successThreshold = 1
  }

  private let options: Options
  private var lastRunAt: Int64?
  private var badInARow = 0
  private var goodInARow = 0
  private var isBad = false
  /// The result that was reported last; `nil` before the first run.
  private(set) var reported: HealthCheck.Result?

  init(options: Options) { self.options = options }

  func isDue(at now: Int64) -> Bool {
    guard let lastRunAt, let interval = options.interval else { return true }
    return now - lastRunAt >= interval.nanoseconds
  }

  /// Records the result of a run.
  /// - Returns: the result to report.
  mutating func record(_ found: HealthCheck.Result, at now: Int64) -> HealthCheck.Result {
    lastRunAt = now
    if found.status == .healthy {
      goodInARow += 1
      badInARow = 0
      if goodInARow >= options.successThreshold { isBad = false }
    } else {
      badInARow += 1
      goodInARow = 0
      if badInARow >= options.failureThreshold { isBad = true }
    }
    let result: HealthCheck.Result
    switch (isBad, found.status) {
    case (true, .healthy): result = reported ?? found
    case (false, .healthy): result = found
    case (true, _): result = found
    case (false, _):
      // The error rate is omitted: with it, the monitor would judge the component bad before the threshold.
      result = HealthCheck.Result(
        .healthy, "\(badInARow) of \(options.failureThreshold) failed checks: \(found.message)",
        responseTime: found.responseTime)
    }
    reported = result
    return result
  }
}
