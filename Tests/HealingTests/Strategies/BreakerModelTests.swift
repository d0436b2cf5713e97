import Foundation
import HealingTestSupport
import Testing

@testable import Healing

/// The breaker against its model over random sequences of calls, outcomes, cancellations, time jumps, restarts and
/// operator actions. `HEALING_SEED` replays one; `HEALING_SEQUENCES` says how many there are, 100 by default.
@Suite struct BreakerModelTests {
  /// Faults of a breaker, to verify that the comparison detects them.
  private enum Fault: CaseIterable {
    case countsCancellations, forgetsReset, closesEarly, opensLate, forgetsOverride, takesOldResults,
      losesWait, forgivesSlowProbes, dropsLateProbes
    // Of the window of a rate rule.
    case hasLongerWindow, hasShorterWindow, seesNoSlowCalls, movesWindowLate
    // Of what a restart restores of it.
    case restoresNoWindow, restoresOldWindow, restoresEndedWindow, savesTransitionsOnly, savesBadCallsOnly
    case losesExpiredOverride
  }

  /// A breaker with what was last saved of it, or one with a fault planted around it.
  private struct Subject {
    var breaker: CircuitBreaker
    let fault: Fault?
    private var saved: CircuitBreaker
    private var savedAt: Int64 = 0

    init(options: CircuitBreakerOptions, fault: Fault?) throws {
      breaker = CircuitBreaker(options: try Self.options(options, with: fault))
      saved = breaker
      self.fault = fault
    }

    private static func options(_ options: CircuitBreakerOptions, with fault: Fault?) throws
      -> CircuitBreakerOptions
    {
      guard case .rate(let rule) = options.trip else { return options }
      var (window, slowCallDuration) = (rule.window, rule.slowCallDuration)
      switch (fault, window) {
      case (.hasLongerWindow, .calls(let count)): window = .calls(count + 1)
      case (.hasLongerWindow, .time(let length)): window = .time(length * 11 / 10)
      case (.hasShorterWindow, .calls(let count)): window = .calls(max(rule.minimumCalls, count - 1))
      case (.hasShorterWindow, .time(let length)): window = .time(length * 9 / 10)
      case (.seesNoSlowCalls, _): slowCallDuration = .seconds(3_600)
      default: break
      }
      return CircuitBreakerOptions(
        trip: .rate(
          RateTripRule(
            window: window, minimumCalls: rule.minimumCalls, failureRate: rule.failureRate,
            slowCallRate: rule.slowCallRate, slowCallDuration: slowCallDuration)),
        successThreshold: options.successThreshold, openDuration: options.openDuration,
        halfOpenMaxCalls: options.halfOpenMaxCalls, probeLease: options.probeLease,
        openGrowth: options.openGrowth, maxOpenDuration: options.maxOpenDuration)
    }

    mutating func admit(at now: Int64) -> CircuitBreaker.Admission {
      let admission = breaker.admit(at: now)
      if case .probing = admission { save(at: now) }
      return admission
    }

    mutating func complete(
      _ permit: CircuitBreaker.Permit, _ verdict: CircuitBreaker.Verdict, slow: Bool, at now: Int64
    ) {
      var (permit, verdict) = (permit, verdict)
      if fault == .countsCancellations && verdict == .neutral { verdict = .failure }
      if fault == .closesEarly && breaker.state == .halfOpen && verdict == .success { return reset(at: now) }
      if fault == .opensLate && breaker.state == .closed && verdict == .failure
        && breaker.failureCount % 3 == 2
      {
        return
      }
      if fault == .takesOldResults, breaker.state == .closed,
        case .admitted(let fresh) = breaker.admit(at: now)
      {
        permit = fresh
      }
      let isSeen = slow && !(fault == .forgivesSlowProbes && breaker.state == .halfOpen)
      let before = breaker.windowCounts
      switch breaker.complete(permit, verdict, duration: isSeen ? 2_000_000_000 : 1, at: now) {
      case .unchanged, .stale: break
      case .counted:
        let isBad = verdict == .failure || slow || breaker.windowCounts.calls == 0
        let isSkipped =
          fault == .savesTransitionsOnly || (fault == .savesBadCallsOnly && !isBad && before.calls > 0)
        if !isSkipped { save(at: now) }
      case .transitioned: save(at: now)
      }
    }

    mutating func reset(at now: Int64) {
      _ = breaker.reset(at: now)
      save(at: now)
    }

    mutating func force(_ kind: CircuitOverride.Kind?, until: Int64, at now: Int64) {
      breaker.force(kind, until: until)
      save(at: now)
    }

    /// The counts are read for a display.
    mutating func look(at now: Int64) { breaker.countWindow(at: now) }

    private mutating func save(at now: Int64) {
      if fault != .movesWindowLate { breaker.countWindow(at: now) }
      (saved, savedAt) = (breaker, now)
    }

    mutating func restart(at now: Int64) {
      breaker = CircuitBreaker(options: saved.options)
      var counts = saved.windowCounts
      if fault == .restoresNoWindow { counts = CallWindow.Counts() }
      var age = now - savedAt
      if fault == .restoresOldWindow { age = 0 }
      if fault == .restoresEndedWindow, case .rate(let rule) = saved.options.trip,
        case .time(let length) = rule.window
      {
        age = min(age, length.nanoseconds * 9 / 10)
      }
      breaker.restore(
        state: saved.state, failureCount: saved.failureCount, consecutiveTrips: saved.consecutiveTrips,
        probeRounds: saved.probeRounds,
        remaining: fault == .losesWait ? saved.openNanoseconds : max(0, saved.openUntil - now),
        openNanoseconds: saved.openNanoseconds, trippedAt: saved.trippedAt, tripErrorID: nil, counts: counts,
        age: age,
        at: now)
      // A circuit that was forced open probes first when that is over, also after a restart.
      if let override = saved.override,
        now < override.expires || (override.kind == .forcedOpen && fault != .losesExpiredOverride)
      {
        breaker.force(override.kind, until: override.expires)
      }
    }
  }

  /// - Returns: the first disagreement, or `nil`.
  private func run(seed: UInt64, steps: Int, fault: Fault? = nil) throws -> String? {
    var generator = SplitMix64(seed: seed)
    let options = try CircuitBreakerOptions.forModel(using: &generator)
    var subject = try Subject(options: options, fault: fault)
    var model = BreakerModel(options: options)
    var underWay: [(number: Int, permit: CircuitBreaker.Permit, begun: Int64)] = []
    var now: Int64 = 0
    let second: Int64 = 1_000_000_000
    for step in 0..<steps {
      now += Int64.random(in: 0...second, using: &generator)
      var what = "time"
      switch Int.random(in: 0..<100, using: &generator) {
      case 0..<42:
        what = "call"
        let expected = model.admit(step, at: now)
        switch subject.admit(at: now) {
        case .admitted(let permit), .probing(let permit, _):
          guard expected == .letThrough else { return "step \(step): let through at \(now)" }
          underWay.append((step, permit, now))
        case .rejected(let rejection):
          guard expected == .rejected(retryAfter: rejection.retryAfter) else {
            return "step \(step): rejected at \(now) for \(rejection.retryAfter ?? -1), expected \(expected)"
          }
        }
      case 42..<82 where !underWay.isEmpty:
        // Mostly the oldest, sometimes one from long ago, and some never return.
        let index = Bool.random(using: &generator) ? 0 : Int.random(in: underWay.indices, using: &generator)
        let call = underWay.remove(at: index)
        let verdicts: [CircuitBreaker.Verdict] = [.success, .success, .failure, .failure, .neutral]
        let verdict = verdicts[Int.random(in: 0..<5, using: &generator)]
        let slow = Int.random(in: 0..<4, using: &generator) == 0
        what = "\(verdict)"
        model.complete(call.number, verdict, slow: slow, at: now)
        if fault == .dropsLateProbes && subject.breaker.state == .halfOpen && now - call.begun > 4 * second {
          break
        }
        subject.complete(call.permit, verdict, slow: slow, at: now)
      case 82..<90:
        what = "look"
        model.look(at: now)
        subject.look(at: now)
      case 90..<94:
        now += Int64.random(in: 0...40, using: &generator) * second
      case 94:
        what = "reset"
        model.reset(at: now)
        if fault != .forgetsReset { subject.reset(at: now) }
      case 95, 96:
        what = "override"
        let kind =
          [CircuitOverride.Kind.forcedOpen, .forcedClosed, nil].randomElement(using: &generator) ?? nil
        let length = Int64.random(in: 0...20, using: &generator)
        let until = length == 0 ? .max : now + length * second
        model.force(kind, until: until, at: now)
        if fault != .forgetsOverride { subject.force(kind, until: until, at: now) }
      case 97:
        what = "restart"
        model.restart(at: now)
        subject.restart(at: now)
        underWay = []  // They died with the process.
      default:
        if underWay.count > 8 { underWay.removeFirst(4) }
      }
      if let difference = difference(subject.breaker, model, at: now) {
        return "step \(step) (\(what)): \(difference)"
      }
    }
    return nil
  }

  private func difference(_ breaker: CircuitBreaker, _ model: BreakerModel, at now: Int64) -> String? {
    // Copies: to look moves a window of time.
    var (breaker, model) = (breaker, model)
    breaker.countWindow(at: now)
    model.look(at: now)
    if model.window?.isSound(at: now) == false { return "the model's window is not sound" }
    let seen = breaker.windowCounts
    let counts = BreakerModelWindow.Counts(calls: seen.calls, failures: seen.failures, slow: seen.slow)
    let same =
      breaker.state == model.state && breaker.failureCount == model.failures
      && breaker.successCount == model.successes && breaker.consecutiveTrips == model.trips
      && (breaker.state != .open || max(now, breaker.openUntil) == max(now, model.openUntil))
      && counts == model.window?.counts ?? BreakerModelWindow.Counts()
    return same
      ? nil
      : "\(breaker.state) \(breaker.failureCount) \(breaker.successCount) "
        + "\(breaker.consecutiveTrips) \(breaker.openUntil) \(counts), expected \(model.state) \(model.failures) "
        + "\(model.successes) \(model.trips) \(model.openUntil) \(String(describing: model.window?.counts))"
  }

  @Test func `the breaker agrees with its model after every one of 200,000 steps`() throws {
    let given = ProcessInfo.processInfo.environment["HEALING_SEED"].flatMap { UInt64($0) }
    let seed = given ?? .random(in: 0...999_999)
    print("breaker model seed \(seed): replay with HEALING_SEED=\(seed)")
    let sequences = ProcessInfo.processInfo.environment["HEALING_SEQUENCES"].flatMap { UInt64($0) } ?? 100
    for run in 0..<sequences {
      let difference = try self.run(seed: seed &+ run, steps: 2_000)
      #expect(difference == nil, "seed \(seed &+ run)")
    }
  }

  @Test func `the model detects every planted fault`() throws {
    for fault in Fault.allCases {
      let differences = try (0..<20 as Range<UInt64>).compactMap {
        try run(seed: $0, steps: 2_000, fault: fault)
      }
      #expect(!differences.isEmpty, "\(fault)")
    }
  }
}
