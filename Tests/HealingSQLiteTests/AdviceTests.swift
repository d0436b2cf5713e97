import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// What the ledger advises, against counts that use no SQL.
@Suite struct AdviceTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  /// Retries of random lengths: the advice is the lowest attempt from which on they are useless, counted from the list.
  @Test(arguments: 1...12) func `attempts from the advised one on saved what a list of the retries says`(
    seed: Int
  )
    async throws
  {
    var random = SplitMix64(seed: UInt64(seed))
    let ledger = try SQLiteLedger(
      path: folder.path("\(seed).db"), options: SQLiteLedgerOptions(errorRowsPerSecond: .max, retention: nil),
      time: time)
    let helpful = Int.random(in: 1...4, using: &random)
    let rare = Int.random(in: 0...8, using: &random)
    var list: [(attempts: Int, isSaved: Bool)] = []
    for _ in 0..<600 {
      time.advance(by: .milliseconds(100))
      let attempts = Int.random(in: 2...5, using: &random)
      let isSaved = attempts <= helpful || Int.random(in: 0..<100, using: &random) < rare
      list.append((attempts, isSaved))
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get", action: .retry,
            outcome: isSaved ? .succeeded : .failed, attempts: attempts, duration: .milliseconds(1),
            message: "")))
    }
    try await ledger.close()
    var expected: Advice?
    for attempt in 2...5 where expected == nil {
      let made = list.filter { $0.attempts >= attempt }
      let saved = made.count { $0.isSaved }
      // The score test: 5 % is rejected at the upper end.
      let error = 1.959964 * (0.05 * 0.95 / Double(max(1, made.count))).squareRoot()
      guard made.count >= 100, 0.05 - Double(saved) / Double(made.count) > error else { continue }
      expected = Advice(
        .attempts, "api", cases: Int64(made.count), hits: Int64(saved), maxAttempts: attempt - 1)
    }
    let found = try await SQLiteLedgerReader(path: folder.path("\(seed).db")).advice()
    #expect(found.first { $0.kind == .attempts } == expected)
  }

  @Test func `alarms in vain are those in whose time callers saw few errors`() async throws {
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time)
    func alert(_ component: ComponentName, _ kind: AlertRecord.Kind, resolved: Bool = false) {
      ledger.record(
        .alert(
          AlertRecord(
            id: ledger.makeID(), at: time.wallClock(), component: component, kind: kind, status: .unhealthy,
            previousStatus: nil, message: "m", isResolved: resolved)))
    }
    func calls(_ component: ComponentName, lost: Int64, of calls: Int) {
      var counts = CallCounts()
      for call in 0..<calls { counts.add(call < lost ? .failure : .success, microseconds: 1_000) }
      var sample = HealthSample(component: component, at: time.wallClock(), counts: counts)
      sample.executions.lost = lost
      ledger.record(.sample(sample))
    }
    // Component, alarms, and those of them in which 10 of 100 executions are lost; in the others it is 4.
    let plan: [(name: ComponentName, alarms: Int, real: Int)] = [
      ("cry", 20, 2), ("real", 20, 15), ("few", 9, 0),
    ]
    for number in 0..<20 {
      for (name, alarms, real) in plan where number < alarms {
        calls(name, lost: number < real ? 10 : 4, of: 100)
        alert(name, number.isMultiple(of: 2) ? .raised : .circuitOpened)
      }
      alert("unused", .raised)
      time.advance(by: .seconds(60))
      for (name, alarms, _) in plan where number < alarms {
        alert(name, .reminder)
        if number == 3 { alert(name, .circuitClosed) }
      }
      time.advance(by: .seconds(60))
      for (name, alarms, _) in plan where number < alarms { alert(name, .recovered) }
      alert("unused", .recovered)
      time.advance(by: .seconds(3_600))
    }
    // An alarm that has not ended is not judged.
    alert("cry", .raised)
    try await ledger.close()
    let reader = try SQLiteLedgerReader(path: path)
    let found = try await reader.advice().filter { $0.kind == .alerts }
    #expect(found == [Advice(.alerts, "cry", cases: 20, hits: 18)])
    let estimate = try #require(found.first?.estimate)
    #expect(estimate.share == 0.9 && estimate.lower > 0.69 && estimate.upper < 0.98)
    // Half of the alarms are too few.
    let start = Timestamp(microseconds: 1_767_225_600_000_000)
    #expect(
      try await reader.advice(LedgerRange(until: start + .seconds(9 * 3_720))).allSatisfy {
        $0.kind != .alerts
      })
  }

  @Test func `an override without an end is named after a day, until it is lifted`() async throws {
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time)
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    let begun = time.wallClock()
    for (name, lasts) in [("kept", nil), ("lifted", nil), ("ends", Duration.seconds(7 * 86_400))]
      as [(
        ComponentName, Duration?
      )]
    {
      try engine.component(name).force(
        CircuitOverride(
          kind: .forcedOpen, actor: "ana", reason: "migration", expiresAt: lasts.map { begun + $0 }))
    }
    time.advance(by: .seconds(3_600))
    // A change of its end is no new override, and one of its state is.
    try engine.component("kept").force(CircuitOverride(kind: .forcedClosed, actor: "bob", reason: "done"))
    let changed = time.wallClock()
    time.advance(by: .seconds(86_399))
    engine.component("busy").report(.success)
    try await ledger.flush()
    let reader = try SQLiteLedgerReader(path: path)
    func found() async throws -> [Advice] { try await reader.advice().filter { $0.kind == .overrides } }
    #expect(
      try await found() == [Advice(.overrides, "lifted", since: begun, override: .forcedOpen, actor: "ana")])
    try engine.component("lifted").liftOverride(actor: "ana", note: nil)
    time.advance(by: .seconds(1))
    engine.component("busy").report(.success)
    try await ledger.flush()
    #expect(
      try await found() == [Advice(.overrides, "kept", since: changed, override: .forcedClosed, actor: "bob")]
    )
    #expect(
      try await found().first?.text == "lift it or give it an end: forced_closed since 2026-01-01 by bob")
    #expect(try await reader.advice(LedgerRange(until: changed)).allSatisfy { $0.kind != .overrides })
    try await ledger.close()
  }

  @Test func `components without calls are named, with the day of the last one`() async throws {
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time)
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    engine.component("old").report(.success)
    for name in ["never", "forgotten", "alert.pager"] as [ComponentName] { try engine.register(name) }
    try await ledger.flush()
    engine.forget("forgotten")
    time.advance(by: .seconds(3 * 86_400))
    engine.component("busy").report(.success)
    let since = time.wallClock() + .seconds(-86_400)
    try await ledger.close()
    let reader = try SQLiteLedgerReader(path: path)
    let day = Timestamp(microseconds: 1_767_225_600_000_000)
    #expect(
      try await reader.advice(LedgerRange(since: since)) == [
        Advice(.traffic, "never"), Advice(.traffic, "old", lastCall: day),
      ])
    #expect(try await reader.advice(LedgerRange(since: since), component: "busy").isEmpty)
    #expect(
      try await reader.advice(LedgerRange(since: since)).map(\.text) == [
        "never called: neither up nor down", "no calls since 2026-01-01: neither up nor down",
      ])
  }
}
