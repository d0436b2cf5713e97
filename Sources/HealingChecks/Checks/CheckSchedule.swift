import Healing

/// When a check is due and what its findings amount to, as a pure state: a component is given up only after some bad
/// looks in a row, and trusted again after some good ones.
struct CheckSchedule: Sendable {
  /// How one check is carried out.
  struct Options: Sendable, Hashable {
    /// Between two looks; `nil`: whenever the monitor looks.
    var interval: Duration?
    /// Bad looks in a row until the component is bad.
    var failureThreshold = 1
    /// Good looks in a row until it is good again.
    var successThreshold = 1
  }

  private let options: Options
  private var lastLook: Int64?
  private var badInARow = 0
  private var goodInARow = 0
  private var isBad = false
  private(set) var finding: HealthCheck.Finding?

  init(options: Options) { self.options = options }

  func isDue(at now: Int64) -> Bool {
    guard let lastLook, let interval = options.interval else { return true }
    return now - lastLook >= interval.nanoseconds
  }

  /// Takes what a look found.
  /// - Returns: what is to be told.
  mutating func take(_ found: HealthCheck.Finding, at now: Int64) -> HealthCheck.Finding {
    lastLook = now
    if found.status == .healthy {
      goodInARow += 1
      badInARow = 0
      if goodInARow >= options.successThreshold { isBad = false }
    } else {
      badInARow += 1
      goodInARow = 0
      if badInARow >= options.failureThreshold { isBad = true }
    }
    let told: HealthCheck.Finding
    switch (isBad, found.status) {
    case (true, .healthy): told = finding ?? found
    case (false, .healthy): told = found
    case (true, _): told = found
    case (false, _):
      // The error rate counts only with the look itself, or it would make the component bad.
      told = HealthCheck.Finding(
        .healthy, "\(badInARow) of \(options.failureThreshold) bad looks: \(found.message)",
        responseTime: found.responseTime)
    }
    finding = told
    return told
  }
}
