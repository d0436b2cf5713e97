import Healing
import HealingTestSupport
import HealingTesting
import Testing

@testable import HealingSQLite

/// Availability and the effect of retries equal those that an oracle computes from a script's own list of calls, without SQL.
@Suite struct EffectOracleTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  @Test func `availability and retries of a random script are those of an oracle`() async throws {
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time)
    var scripts: [IncidentScript] = []
    for seed in Sweep.share(of: Array(0..<200), every: 25) {
      let script = IncidentScript(seed: UInt64(seed), start: time.wallClock() + .seconds(40 * 86_400))
      script.record(in: ledger, time)
      try await ledger.flush()
      scripts.append(script)
    }
    try await ledger.close()
    let reader = try SQLiteLedgerReader(path: path)
    var verdicts: [RetryEffect.Verdict: Int] = [:]
    for (number, script) in scripts.enumerated() {
      // Ranges that cut rows of failing minutes and open circuits, and one that ends within a minute.
      for (first, last, rest) in [(0, 260, 0), (31, 97, 0), (90, 200, 17)] as [(Int, Int, Int64)] {
        let range = LedgerRange(
          since: script.start + .seconds(60 * first) + .seconds(rest),
          until: script.start + .seconds(60 * last) + .seconds(rest > 0 ? rest - 60 : 0))
        let oracle = EffectOracle(script, minutes: first..<last)
        let availability = try await reader.availability(range)
        #expect(
          availability == oracle.availability.filter { !$0.component.text.hasPrefix("alert.") },
          "script \(number), minutes \(first)..<\(last)")
        let pager = try await reader.availability(range, component: "alert.pager")
        #expect(pager == oracle.availability.filter { $0.component == "alert.pager" })
        let retries = try await reader.retryEffect(range)
        #expect(
          retries.sorted { $0.component < $1.component } == oracle.retries,
          "script \(number), minutes \(first)..<\(last)")
        #expect(retries.map(\.extraAttempts) == retries.map(\.extraAttempts).sorted(by: >))
        for retry in retries { verdicts[retry.verdict, default: 0] += 1 }
      }
    }
    // The scripts must differ, or the test proves nothing.
    #expect(Set(verdicts.keys) == Set(RetryEffect.Verdict.allCases), "\(verdicts)")
  }

  @Test func `the burn of a budget is as many times the allowed failures, from enough calls on`() {
    func row(_ calls: Int64, _ effective: Double?) -> ComponentAvailability {
      ComponentAvailability(
        component: "api", calls: calls, effective: effective, actual: nil, observedMinutes: 1, badMinutes: 0,
        byTime: 1)
    }
    #expect(row(1_000, 0.98).burn(objective: 0.99).map { ($0 * 1e9).rounded() } == 2e9)
    #expect(row(1_000, 1).burn(objective: 0.999) == 0)
    #expect(row(1_000, 0).burn(objective: 0) == 1)
    #expect(row(99, 0.5).burn(objective: 0.9) == nil)
    #expect(row(99, 0.5).burn(objective: 0.5, minCalls: 99) == 1)
    #expect(row(1_000, nil).burn(objective: 0.9) == nil)
    #expect(row(1_000, 0.5).burn(objective: 1) == nil)
  }
}

/// Computes both reports of a range of a script from its list of events.
private struct EffectOracle {
  private(set) var availability: [ComponentAvailability] = []
  private(set) var retries: [RetryEffect] = []

  private struct Sums {
    var successes: Int64 = 0
    var failures: Int64 = 0
    var ended = ExecutionCounts()
    var attempts: Int64 { successes + failures }
    var executions: Int64 { attempts - ended.extraAttempts }
    var calls: Int64 { executions + ended.rejected }
    var hasCalls: Bool { attempts + ended.rejected > 0 }

    var actual: Double? { attempts > 0 ? Double(successes) / Double(attempts) : nil }
    var effective: Double? {
      let answered = max(0, calls - ended.lost - ended.undone - ended.interrupted)
      return calls > 0 ? Double(answered) / Double(calls) : nil
    }

    static func + (a: Sums, b: Sums) -> Sums {
      var sum = a
      sum.successes += b.successes
      sum.failures += b.failures
      sum.ended.add(b.ended)
      return sum
    }
  }

  init(_ script: IncidentScript, minutes range: Range<Int>) {
    let incidents = IncidentOracle(script, IncidentRules(), now: script.end, hasRows: true)
    for component in Set(script.events.map(\.component)).sorted() {
      let bad = incidents.badMinutes(of: component)
      var minutes: [Int: Sums] = [:]
      for (at, name, event) in script.events where name == component {
        guard case .calls(let calls) = event else { continue }
        let minute = Int((at.microseconds - script.start.microseconds) / 60_000_000)
        guard range.contains(minute) else { continue }
        var sums = Sums()
        sums.successes = Int64(calls.successes)
        sums.failures = Int64(calls.failures)
        sums.ended = calls.ended(of: component)
        minutes[minute] = (minutes[minute] ?? Sums()) + sums
      }
      minutes = minutes.filter { $0.value.hasCalls }
      guard !minutes.isEmpty else { continue }
      let all = minutes.values.reduce(Sums(), +)
      let badOnes = minutes.keys.filter(bad.contains).sorted()
      availability.append(
        ComponentAvailability(
          component: component, calls: all.calls, effective: all.effective, actual: all.actual,
          observedMinutes: Int64(minutes.count), badMinutes: Int64(badOnes.count),
          byTime: Double(minutes.count - badOnes.count) / Double(minutes.count)))
      guard !badOnes.isEmpty else { continue }
      let sums = badOnes.compactMap { minutes[$0] }.reduce(Sums(), +)
      let sustained = Self.sustained(badOnes, of: component, script)
      let after = sustained.compactMap { minutes[$0] }.reduce(Sums(), +)
      retries.append(
        RetryEffect(
          component: component, badMinutes: Int64(badOnes.count), attempts: sums.attempts,
          extraAttempts: sums.ended.extraAttempts, saved: sums.ended.saved, actualSuccess: sums.actual,
          effectiveSuccess: sums.effective,
          amplification: sums.executions > 0 ? Double(sums.attempts) / Double(sums.executions) : nil,
          sustainedMinutes: Int64(sustained.count), verdict: Self.verdict(sums, after)))
    }
  }

  private static func verdict(_ sums: Sums, _ after: Sums) -> RetryEffect.Verdict {
    let extra = sums.ended.extraAttempts
    if extra == 0 { return .noRetries }
    if extra < 20 { return .tooFew }
    if Double(sums.ended.saved) / Double(extra) >= 0.2 { return .helped }
    if after.ended.extraAttempts >= 20, Double(after.attempts) > 1.2 * Double(after.executions) {
      return .sustaining
    }
    if Double(extra) > 0.3 * Double(sums.attempts), Double(sums.ended.saved) < Double(extra) / 50 {
      return .madeWorse
    }
    return .neither
  }

  /// Returns the minutes that begin after the last error of the fault with which their episode began.
  private static func sustained(_ minutes: [Int], of component: ComponentName, _ script: IncidentScript)
    -> [Int]
  {
    var episodes: [[Int]] = []
    for minute in minutes {
      if let last = episodes.last?.last, minute - last - 1 <= 5 {
        episodes[episodes.count - 1].append(minute)
      } else {
        episodes.append([minute])
      }
    }
    return episodes.flatMap { episode -> [Int] in
      let (first, last) = (episode.first ?? 0, episode.last ?? 0)
      let times = script.events.compactMap { at, name, event -> Timestamp? in
        guard name == component, case .calls(let calls) = event, calls.failures > 0,
          at >= script.start + .seconds(60 * first), at < script.start + .seconds(60 * (last + 1))
        else { return nil }
        return at
      }
      guard let fault = times.first.map(script.fault),
        let end = times.last(where: { script.fault($0) == fault })
      else { return [] }
      return episode.filter { script.start + .seconds(60 * $0) > end }
    }
  }
}
