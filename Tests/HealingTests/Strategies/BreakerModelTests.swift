import Foundation
import Testing

@testable import Healing

/// The breaker against its model over random sequences of calls, outcomes, cancellations, time jumps, restarts and
/// operator actions. `HEALING_SEED` replays one.
@Suite struct BreakerModelTests {
  /// What can be wrong with a breaker, to see that the comparison would notice.
  private enum Fault: CaseIterable {
    case countsCancellations, forgetsReset, closesEarly, opensLate, forgetsOverride, takesOldResults,
      losesWait, forgivesSlowProbes, dropsLateProbes
  }

  /// A breaker, or one with a fault planted around it.
  private struct Subject {
    var breaker: CircuitBreaker
    var fault: Fault?

    mutating func complete(
      _ permit: CircuitBreaker.Permit, _ verdict: CircuitBreaker.Verdict, slow: Bool, at now: Int64
    ) {
      var (permit, verdict) = (permit, verdict)
      if fault == .countsCancellations && verdict == .neutral { verdict = .failure }
      if fault == .closesEarly && breaker.state == .halfOpen && verdict == .success {
        _ = breaker.reset(at: now)
        return
      }
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
      _ = breaker.complete(permit, verdict, duration: isSeen ? 2_000_000_000 : 1, at: now)
    }

    mutating func restart(at now: Int64) {
      let old = breaker
      breaker = CircuitBreaker(options: old.options)
      breaker.restore(
        state: old.state, failureCount: old.failureCount, consecutiveTrips: old.consecutiveTrips,
        probeRounds: old.probeRounds,
        remaining: fault == .losesWait ? old.openFor : max(0, old.openUntil - now),
        openFor: old.openFor, trippedAt: old.trippedAt, tripErrorID: nil, at: now)
      if let override = old.override, now < override.expires {
        breaker.force(override.kind, until: override.expires)
      }
    }
  }

  private func options(_ generator: inout SplitMix64) throws -> CircuitBreakerOptions {
    let trip: TripRule =
      Bool.random(using: &generator)
      ? .consecutiveFailures(Int.random(in: 1...5, using: &generator))
      : .rate(
        try RateTripRule(
          window: .calls(Int.random(in: 5...12, using: &generator)), minimumCalls: 5, failureRate: 0.5,
          slowCallRate: Bool.random(using: &generator) ? 0.5 : nil, slowCallDuration: .seconds(2)))
    return try CircuitBreakerOptions(
      trip: trip, successThreshold: Int.random(in: 1...3, using: &generator), openDuration: .seconds(10),
      halfOpenMaxCalls: Int.random(in: 1...3, using: &generator), probeLease: .seconds(4),
      openGrowth: Bool.random(using: &generator) ? 1 : 2, maxOpenDuration: .seconds(30))
  }

  /// - Returns: the first disagreement, or `nil`.
  private func run(seed: UInt64, steps: Int, fault: Fault? = nil) throws -> String? {
    var generator = SplitMix64(seed: seed)
    let options = try options(&generator)
    var subject = Subject(breaker: CircuitBreaker(options: options), fault: fault)
    var model = BreakerModel(options: options)
    var underWay: [(number: Int, permit: CircuitBreaker.Permit, begun: Int64)] = []
    var now: Int64 = 0
    let second: Int64 = 1_000_000_000
    for step in 0..<steps {
      now += Int64.random(in: 0...second, using: &generator)
      var what = "time"
      switch Int.random(in: 0..<100, using: &generator) {
      case 0..<45:
        what = "call"
        let expected = model.admit(step, at: now)
        switch subject.breaker.admit(at: now) {
        case .admitted(let permit), .probing(let permit, _):
          guard expected else { return "step \(step): let through at \(now)" }
          underWay.append((step, permit, now))
        case .rejected:
          guard !expected else { return "step \(step): rejected at \(now)" }
        }
      case 45..<90 where !underWay.isEmpty:
        // Mostly the oldest, sometimes one from long ago, and some never return.
        let index = Bool.random(using: &generator) ? 0 : Int.random(in: underWay.indices, using: &generator)
        let call = underWay.remove(at: index)
        let verdicts: [CircuitBreaker.Verdict] = [.success, .failure, .failure, .neutral]
        let verdict = verdicts[Int.random(in: 0..<4, using: &generator)]
        let slow = Int.random(in: 0..<4, using: &generator) == 0
        what = "\(verdict)"
        model.complete(call.number, verdict, slow: slow, at: now)
        if fault == .dropsLateProbes && subject.breaker.state == .halfOpen && now - call.begun > 4 * second {
          break
        }
        subject.complete(call.permit, verdict, slow: slow, at: now)
      case 90..<94:
        now += Int64.random(in: 0...40, using: &generator) * second
      case 94:
        what = "reset"
        model.forced = nil
        model.enter(.closed)
        if fault != .forgetsReset { _ = subject.breaker.reset(at: now) }
      case 95, 96:
        what = "override"
        let kind =
          [CircuitOverride.Kind.forcedOpen, .forcedClosed, nil].randomElement(using: &generator) ?? nil
        let until = now + Int64.random(in: 1...20, using: &generator) * second
        model.force(kind, until: until)
        if fault != .forgetsOverride { subject.breaker.force(kind, until: until) }
      case 97:
        what = "restart"
        model.restart(at: now)
        subject.restart(at: now)
        underWay = []  // They died with the process.
      default:
        if underWay.count > 8 { underWay.removeFirst(4) }
      }
      let breaker = subject.breaker
      let same =
        breaker.state == model.state && breaker.failureCount == model.failures
        && breaker.successCount == model.successes && breaker.consecutiveTrips == model.trips
        && (breaker.state != .open || max(now, breaker.openUntil) == max(now, model.openUntil))
      if !same {
        return "step \(step) (\(what)): \(breaker.state) \(breaker.failureCount) \(breaker.successCount) "
          + "\(breaker.consecutiveTrips) \(breaker.openUntil), expected \(model.state) \(model.failures) "
          + "\(model.successes) \(model.trips) \(model.openUntil)"
      }
    }
    return nil
  }

  @Test func `the breaker agrees with its model after every one of 200,000 steps`() throws {
    let given = ProcessInfo.processInfo.environment["HEALING_SEED"].flatMap { UInt64($0) }
    let seed = given ?? .random(in: 0...999_999)
    print("breaker model seed \(seed): replay with HEALING_SEED=\(seed)")
    for run in 0..<100 as Range<UInt64> {
      let difference = try self.run(seed: seed &+ run, steps: 2_000)
      #expect(difference == nil, "seed \(seed &+ run)")
    }
  }

  @Test func `every planted fault is noticed`() throws {
    for fault in Fault.allCases {
      let differences = try (0..<20 as Range<UInt64>).compactMap {
        try run(seed: $0, steps: 2_000, fault: fault)
      }
      #expect(!differences.isEmpty, "\(fault)")
    }
  }
}
