import Healing
import HealingTestSupport
import HealingTesting
import Testing

@testable import HealingSQLite

/// Which attempts helped, and whether retries did, against counts that use no SQL.
@Suite struct RetryEffectTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private struct Key: Hashable {
    let component: ComponentName
    let category: ErrorCategory?
    let attempt: Int
  }

  @Test(arguments: 1...8) func `each attempt has the executions that an oracle counts`(seed: Int) async throws
  {
    var random = SplitMix64(seed: UInt64(seed))
    let path = folder.path("\(seed).db")
    let options = SQLiteLedgerOptions(errorRowsPerSecond: .max, retention: nil)
    let ledger = try SQLiteLedger(path: path, options: options, time: time)
    var (tried, won): ([Key: Int64], [Key: Int64]) = ([:], [:])
    var merged: [ComponentName: Int64] = [:]
    let start = time.wallClock()
    let since = start + .seconds(600)
    for _ in 0..<200 {
      time.advance(by: .milliseconds(Int.random(in: 0...10_000, using: &random)))
      let component: ComponentName = ["api", "db"].randomElement(using: &random) ?? "api"
      let categories: [ErrorCategory?] = [.network, .timeout, nil]
      let category = categories.randomElement(using: &random) ?? nil
      let error = ledger.makeID()
      if let category {
        ledger.record(
          .error(
            ErrorContext(
              id: error, at: time.wallClock(), component: component, operation: "get",
              classification: ErrorClassification(category: category, rule: "r"), type: "T", message: "down"))
        )
      }
      let outcomes: [RecoveryRecord.Outcome] = [.succeeded, .failed, .failed, .cancelled, .interrupted]
      let outcome = outcomes.randomElement(using: &random) ?? .failed
      let attempts = Int.random(in: 1...24, using: &random)
      let actions: [RecoveryAction] = [.retry, .retryBackoff, .fallback]
      let action = actions.randomElement(using: &random) ?? .retry
      let occurrences = Int.random(in: 0..<10, using: &random) == 0 ? 5 : 1
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: time.wallClock(), component: component, operation: "get", errorID: error,
            action: action, outcome: outcome, attempts: attempts, duration: .milliseconds(attempts),
            message: "", occurrences: occurrences)))
      guard time.wallClock() >= since, action != .fallback, outcome == .succeeded || outcome == .failed
      else { continue }
      if occurrences > 1 {
        merged[component, default: 0] += Int64(occurrences)
        continue
      }
      for attempt in 2..<max(3, attempts + 1) where attempt <= attempts && attempt <= 20 {
        let key = Key(component: component, category: category, attempt: attempt)
        tried[key, default: 0] += 1
        if attempt == attempts && outcome == .succeeded { won[key, default: 0] += 1 }
      }
    }
    try await ledger.close()
    let reader = try SQLiteLedgerReader(path: path)
    let found = try await reader.attemptEffect(LedgerRange(since: since))
    #expect(!found.isEmpty && found.count == tried.count)
    for effect in found {
      let key = Key(component: effect.component, category: effect.category, attempt: effect.attempt)
      #expect(effect.tried == tried[key] && effect.won == won[key] ?? 0, "\(key)")
      #expect(effect.merged == merged[effect.component] ?? 0)
      if let mean = effect.avgRetryMs { #expect(abs(mean - Double(effect.attempt)) < 0.001) }
    }
    let own = try await reader.attemptEffect(LedgerRange(since: since), component: "db")
    #expect(own == found.filter { $0.component == "db" })
  }

  /// Wilson's bounds are the shares at which the observed one is 1.96 standard errors away, found by bisection.
  @Test func `the bounds of a share are the roots of the score equation`() {
    func root(_ hits: Int64, _ cases: Int64, above: Bool) -> Double {
      let observed = Double(hits) / Double(cases)
      var (low, high) = above ? (observed, 1.0) : (0.0, observed)
      for _ in 0..<200 {
        let share = (low + high) / 2
        let isInside =
          abs(observed - share) < 1.959963984540054 * (share * (1 - share) / Double(cases)).squareRoot()
        if isInside == above { low = share } else { high = share }
      }
      return (low + high) / 2
    }
    for cases in [1, 2, 7, 20, 100, 12_345] as [Int64] {
      for hits in Set([0, 1, cases / 3, cases / 2, cases - 1, cases]) {
        let estimate = ProportionEstimate(hits: hits, of: cases)
        #expect(estimate.share == Double(hits) / Double(cases))
        let lower = hits == 0 ? 0 : root(hits, cases, above: false)
        let upper = hits == cases ? 1 : root(hits, cases, above: true)
        #expect(abs(estimate.lower - lower) < 1e-9, "\(hits) of \(cases)")
        #expect(abs(estimate.upper - upper) < 1e-9, "\(hits) of \(cases)")
      }
    }
    let none = ProportionEstimate(hits: 0, of: 0)
    #expect(none.lower == 0 && none.upper == 1)
    func effect(_ won: Int64, _ tried: Int64) -> AttemptEffect {
      AttemptEffect(
        component: "api", category: nil, attempt: 2, tried: tried, won: won, avgRetryMs: nil, merged: 0)
    }
    #expect(effect(0, 100).isUseless && effect(1, 200).isUseless)
    #expect(!effect(0, 99).isUseless && !effect(3, 100).isUseless)
  }

  @Test func `retries under a server that fails by load made it worse, and those that saved calls helped`()
    async throws
  {
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time)
    func minute(_ component: ComponentName, failures: Int, of calls: Int, extra: Int64, saved: Int64) {
      var counts = CallCounts()
      for call in 0..<calls { counts.add(call < failures ? .failure : .success, microseconds: 1_000) }
      var sample = HealthSample(component: component, at: time.wallClock(), counts: counts)
      sample.executions.extraAttempts = extra
      sample.executions.saved = saved
      sample.executions.lost = Int64(calls) - extra - saved
      ledger.record(.sample(sample))
    }
    for _ in 0..<3 {
      time.advance(by: .seconds(60))
      minute("overloaded", failures: 100, of: 100, extra: 60, saved: 1)
      minute("budgeted", failures: 100, of: 100, extra: 20, saved: 0)
      minute("flaky", failures: 30, of: 100, extra: 30, saved: 25)
      minute("quiet", failures: 3, of: 10, extra: 3, saved: 0)
      minute("single", failures: 9, of: 10, extra: 0, saved: 0)
      minute("healthy", failures: 1, of: 100, extra: 1, saved: 1)
    }
    // In a minute that is not bad, retries do not count.
    time.advance(by: .seconds(60))
    minute("flaky", failures: 2, of: 100, extra: 90, saved: 0)
    try await ledger.close()
    let reader = try SQLiteLedgerReader(path: path)
    let effects = try await reader.retryEffect()
    #expect(
      Dictionary(uniqueKeysWithValues: effects.map { ($0.component.text, $0.verdict) }) == [
        "overloaded": .madeWorse, "budgeted": .neither, "flaky": .helped, "quiet": .tooFew,
        "single": .noRetries,
      ])
    let overloaded = try #require(try await reader.retryEffect(component: "overloaded").first)
    #expect(overloaded.badMinutes == 3 && overloaded.attempts == 300 && overloaded.extraAttempts == 180)
    #expect(overloaded.saved == 3 && overloaded.amplification == 2.5 && overloaded.actualSuccess == 0)
    #expect(overloaded.effectiveSuccess == 3.0 / 120)
  }
}
