@testable import Healing

/// What a circuit breaker should do, written as plainly as can be and by another way than the breaker itself: every
/// call is kept by number, with the era it was let through in.
struct BreakerModel {
  let options: CircuitBreakerOptions
  var state = CircuitState.closed
  var (failures, successes, trips, era) = (0, 0, 0, 0)
  var openUntil: Int64 = 0
  var forced: (kind: CircuitOverride.Kind, until: Int64)?
  private var calls: [Int: (era: Int, lease: Int64?)] = [:]
  private var recent: [(failed: Bool, slow: Bool)] = []

  init(options: CircuitBreakerOptions) { self.options = options }

  mutating func admit(_ call: Int, at now: Int64) -> Bool {
    if let forced, now >= forced.until {
      self.forced = nil
      if forced.kind == .forcedOpen && state == .closed { enter(.halfOpen) }
    }
    if forced == nil && state == .open && now >= openUntil { enter(.halfOpen) }
    if forced?.kind == .forcedOpen || (forced == nil && state == .open) { return false }
    let isProbe = forced == nil && state == .halfOpen
    let underWay = calls.values.count { $0.era == era && ($0.lease ?? 0) > now }
    if isProbe && underWay >= options.halfOpenMaxCalls { return false }
    calls[call] = (era, isProbe ? now + options.probeLease.nanoseconds : nil)
    return true
  }

  mutating func complete(_ call: Int, _ verdict: CircuitBreaker.Verdict, slow: Bool, at now: Int64) {
    guard let made = calls.removeValue(forKey: call), made.era == era, verdict != .neutral else { return }
    let failed = verdict == .failure
    if state == .halfOpen, made.lease != nil {
      if failed { failures += 1 }
      if failed || (slow && judgesSlowCalls) { return open(at: now) }
      successes += 1
      if successes >= options.successThreshold { enter(.closed) }
    } else if state == .closed, forced.map({ now >= $0.until }) ?? true {
      failures = failed ? failures + 1 : 0
      recent.append((failed, slow))
      if shouldTrip { open(at: now) }
    }
  }

  mutating func force(_ kind: CircuitOverride.Kind?, until: Int64) {
    forced = kind.map { ($0, until) }
    era += 1
    if kind == .forcedClosed && state == .closed { (failures, recent) = (0, []) }
  }

  private var judgesSlowCalls: Bool {
    if case .rate(let rule) = options.trip { rule.slowCallRate != nil } else { false }
  }

  private var shouldTrip: Bool {
    if case .consecutiveFailures(let limit) = options.trip { return failures >= limit }
    guard case .rate(let rule) = options.trip, case .calls(let size) = rule.window else { return false }
    let last = recent.suffix(size)
    guard last.count >= rule.minimumCalls else { return false }
    return last.count { $0.failed } * 2 >= last.count
      || (judgesSlowCalls && last.count { $0.slow } * 2 >= last.count)
  }

  private mutating func open(at now: Int64) {
    trips += 1
    openUntil = now + options.openNanoseconds(afterTrips: trips)
    enter(.open)
  }

  mutating func enter(_ next: CircuitState) {
    (state, era, successes, recent) = (next, era + 1, 0, [])
    if next == .closed { (failures, trips) = (0, 0) }
  }

  mutating func restart(at now: Int64) {
    (era, successes, recent) = (era + 1, 0, [])
    if let forced, now >= forced.until { self.forced = nil }
    if state == .halfOpen { (state, openUntil) = (.open, now) }
  }
}
