import Healing
import HealingSQLite
import HealingTestSupport
import Synchronization
import Testing

/// Wall clocks that are wrong once, or are set back: on one file, over restarts.
@Suite struct ClockTests {
  let folder: TemporaryFolder
  let time = VirtualTime()

  init() throws { folder = try TemporaryFolder() }

  private static let years = Duration.seconds(86_400 * 365)

  private func inOneProcess(_ body: (SQLiteLedger) async throws -> Void) async throws {
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    try await body(ledger)
    try await ledger.close()
  }

  private func error(_ ledger: SQLiteLedger, _ message: String = "m") -> ErrorContext {
    ErrorContext(
      id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get",
      classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: message)
  }

  private func alert(_ ledger: SQLiteLedger, _ kind: AlertRecord.Kind) -> AlertRecord {
    AlertRecord(
      id: ledger.makeID(), at: time.wallClock(), component: "api", kind: kind, status: .critical,
      previousStatus: nil, message: "m")
  }

  @Test func `calls from the future empty no health window`() async throws {
    try await inOneProcess { ledger in
      let now = time.wallClock()
      ledger.record(.sample(HealthSample(component: "api", at: now, outcome: .failure, duration: .zero)))
      try await ledger.flush()
      // Their buckets have the same place in the window.
      for seconds in [300, 3_600, 86_400] {
        ledger.record(
          .sample(
            HealthSample(
              component: "api", at: now + .seconds(seconds), outcome: .success, duration: .zero)))
      }
      try await ledger.flush()
      let windows = try await ledger.samples.windows(since: now + .seconds(-300), component: "api")
      #expect(windows.count == 1 && windows.first?.failures == 1, "\(windows)")
    }
  }

  /// One entry of each history table, each of which alone adds an id to the file.
  private static let tables = [
    "error", "health_sample", "health_check", "recovery", "breaker_transition", "alert",
    "recovery_in_progress",
  ]

  private func entry(of table: String, _ ledger: SQLiteLedger) -> LedgerEntry {
    let now = time.wallClock()
    switch table {
    case "error": return .error(error(ledger))
    case "health_sample":
      return .sample(HealthSample(component: "api", at: now, outcome: .success, duration: .zero))
    case "health_check":
      return .check(
        HealthCheckRecord(
          id: ledger.makeID(), at: now, component: "api", status: .healthy, errorRate: 0, totalRequests: 0,
          failedRequests: 0, responseTime: .zero, message: ""))
    case "recovery":
      return .recovery(
        RecoveryRecord(
          id: ledger.makeID(), at: now, component: "api", operation: "get", action: .retry,
          outcome: .succeeded, attempts: 2, duration: .zero))
    case "breaker_transition":
      return .transition(
        BreakerTransitionRecord(
          id: ledger.makeID(), at: now, component: "api", from: .closed, to: .open, reason: "reset",
          failureCount: 0, consecutiveTrips: 0), BreakerSnapshot(component: "api", updatedAt: now))
    case "alert": return .alert(alert(ledger, .raised))
    default:
      return .recoveryStarted(
        RecoveryStart(
          executionID: ledger.makeID(), at: now, component: "api", operation: "get", action: .retry,
          errorID: nil))
    }
  }

  @Test(arguments: tables)
  func `ids increase over restarts, whatever the clock`(table: String) async throws {
    let id = table == "recovery_in_progress" ? "execution_id" : "id"
    var last: Int64 = 0
    // Forward once, back to the right time, back by years, and before there were any ids.
    for jump in [20, -20, -1, -40, 0] {
      time.jumpWall(by: Self.years * jump)
      try await inOneProcess { (ledger: SQLiteLedger) async throws in
        #expect(ledger.makeID().rawValue > last, "\(jump)")
        ledger.record(entry(of: table, ledger))
        try await ledger.flush()
        let file = try Connection(path: folder.path(), mode: .readOnly)
        // The newest by id is the one that was written last.
        let newest = try #require(try file.integer("SELECT max(\(id)) FROM \(table)"))
        #expect(newest > last, "\(jump)")
        last = newest
      }
    }
  }

  @Test func `a generator skips foreign ids, and an extreme clock leaves room for more ids`() async throws {
    try await inOneProcess { (ledger: SQLiteLedger) async throws in
      time.jumpWall(by: .seconds(400_000_000_000))
      ledger.record(.error(error(ledger)))
    }
    time.jumpWall(by: .seconds(-400_000_000_000))
    let file = try Connection(path: folder.path(), mode: .readWrite)
    let far = try #require(try file.integer("SELECT max(id) FROM error"))
    #expect(far > 0)
    try file.execute("INSERT INTO gap VALUES (9223372036854775807, 0, NULL, 1, 'damage', 1)")
    try await inOneProcess { (ledger: SQLiteLedger) async throws in
      var ids: [LedgerID] = []
      for _ in 0..<5_000 { ids.append(ledger.makeID()) }
      #expect(ids.allSatisfy { $0.rawValue > far })
      #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    }
  }

  @Test func `the newest row is first, also after the clock was set back`() async throws {
    try await inOneProcess { $0.record(.error(error($0, "before"))) }
    time.jumpWall(by: Self.years * -3)
    try await inOneProcess { (ledger: SQLiteLedger) async throws in
      ledger.record(.error(error(ledger, "after")))
      try await ledger.flush()
      #expect(try await ledger.errors.recent(component: nil, limit: 1).map(\.message) == ["after"])
      #expect(
        try await ledger.errors.recent(component: "api", limit: 9).map(\.message) == ["before", "after"])
    }
  }

  @Test func `ids of a process exceed those of another process whose clock is ahead`() async throws {
    let ahead = VirtualTime(wall: time.wallClock() + Self.years * 5)
    let ledgers = [
      try SQLiteLedger(path: folder.path(), time: time), try SQLiteLedger(path: folder.path(), time: ahead),
    ]
    _ = try await RecoveryEngine(ledger: ledgers[0], time: time)
    let id = ledgers[1].makeID()
    ledgers[1].record(
      .alert(
        AlertRecord(
          id: id, at: ahead.wallClock(), component: "api", kind: .raised, status: .critical,
          previousStatus: nil, message: "m")))
    try await ledgers[1].flush()
    let deadline = ContinuousClock.now + .seconds(300)
    while ledgers[0].makeID() < id && ContinuousClock.now < deadline { await pause() }
    #expect(ledgers[0].makeID() > id)
    for ledger in ledgers { try await ledger.close() }
  }

  // MARK: Alerts

  private func monitor(_ ledger: SQLiteLedger, _ finding: @escaping @Sendable () -> HealthCheck.Result)
    async throws -> HealthMonitor
  {
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    let monitor = try HealthMonitor(
      engine: engine, options: MonitorOptions(reminderInterval: .seconds(3_600)))
    monitor.register("api", check: try HealthCheck { finding() })
    return monitor
  }

  private func alerts() async throws -> [AlertRecord.Kind] {
    try await SQLiteLedgerReader(path: folder.path()).checks.recentAlerts(component: "api", limit: 99).map(
      \.kind)
  }

  @Test func `the monitor ignores an alert from the future, which suppresses no later one`() async throws {
    time.jumpWall(by: Self.years * 10)
    try await inOneProcess { (ledger: SQLiteLedger) async throws in
      await (try monitor(ledger) { .critical("down") }).check("api")
    }
    time.jumpWall(by: Self.years * -10)
    try await inOneProcess { (ledger: SQLiteLedger) async throws in
      let isDown = Lock(true)
      let monitor = try await monitor(ledger) { isDown.withLock { $0 } ? .critical("down") : .healthy() }
      for _ in 0..<3 {
        await monitor.check("api")
        try await ledger.flush()
      }
      #expect(try await alerts() == [.raised, .raised])
      for _ in 0..<2 {
        time.advance(by: .seconds(3_600))
        await monitor.check("api")
        try await ledger.flush()
      }
      #expect(try await alerts() == [.raised, .raised, .reminder, .reminder])
      isDown.withLock { $0 = false }
      await monitor.check("api")
      try await ledger.flush()
      isDown.withLock { $0 = true }
      await monitor.check("api")
    }
    try await inOneProcess { await (try monitor($0) { .critical("down") }).check("api") }
    #expect(try await alerts() == [.raised, .raised, .reminder, .reminder, .recovered, .raised])
  }

  @Test func `a clock jump within a process neither advances nor delays a reminder`() async throws {
    for jump in [1, -1] {
      let path = folder.path("jump\(jump).db")
      let ledger = try SQLiteLedger(path: path, time: time)
      let monitor = try await monitor(ledger) { .critical("down") }
      func check() async throws -> [AlertRecord.Kind] {
        await monitor.check("api")
        try await ledger.flush()
        return try await ledger.checks.recentAlerts(component: "api", limit: 9).map(\.kind)
      }
      #expect(try await check() == [.raised])
      time.jumpWall(by: Self.years * jump)
      #expect(try await check() == [.raised])
      time.advance(by: .seconds(3_600))
      #expect(try await check() == [.raised, .reminder])
      try await ledger.close()
    }
  }

  @Test func `the alert that was committed last is the last, whatever the clocks of two processes`()
    async throws
  {
    let ahead = VirtualTime(wall: time.wallClock() + Self.years * 5)
    let ledgers = [
      try SQLiteLedger(path: folder.path(), time: time), try SQLiteLedger(path: folder.path(), time: ahead),
    ]
    let wrong = AlertRecord(
      id: ledgers[1].makeID(), at: ahead.wallClock(), component: "api", kind: .raised, status: .critical,
      previousStatus: nil, message: "m")
    ledgers[1].record(.alert(wrong))
    try await ledgers[1].flush()
    // Its ids are lower than that of the other process, and it is later all the same.
    let right = alert(ledgers[0], .recovered)
    ledgers[0].record(.alert(right))
    try await ledgers[0].flush()
    #expect(try await alerts() == [.raised, .recovered])
    #expect(
      try await ledgers[0].checks.recentAlerts(component: nil, limit: 1).map(\.kind) == [.recovered])
    // A monitor that starts now knows that the incident has ended, and sends an alert for the next one.
    await (try await monitor(ledgers[0]) { .healthy() }).check("api")
    await (try await monitor(ledgers[0]) { .critical("down") }).check("api")
    for ledger in ledgers { try await ledger.close() }
    #expect(try await alerts() == [.raised, .recovered, .raised])
  }

  // MARK: Breakers

  private struct Refused: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  private func component(_ ledger: SQLiteLedger, _ options: CircuitBreakerOptions = .standard) async throws
    -> Component
  {
    let policy = ComponentPolicy(retry: nil, breaker: options)
    return try await RecoveryEngine(ledger: ledger, policy: policy, time: time).component("api")
  }

  @Test func `an override set by a clock that is ahead lasts no longer than its length`() async throws {
    time.jumpWall(by: Self.years * 10)
    try await inOneProcess { (ledger: SQLiteLedger) async throws in
      let end = time.wallClock() + .seconds(600)
      try await component(ledger).force(
        CircuitOverride(kind: .forcedOpen, actor: "ops", reason: "maintenance", expiresAt: end))
    }
    time.jumpWall(by: Self.years * -10)
    try await inOneProcess { (ledger: SQLiteLedger) async throws in
      let api = try await component(ledger)
      #expect(api.isCircuitOpen)
      time.advance(by: .seconds(600))
      #expect(!api.isCircuitOpen)
      try await api.execute("get") {}
    }
  }

  @Test func `a restart ignores counts of a rate window from the future`() async throws {
    let rule = RateTripRule(window: .time(.seconds(100)), minimumCalls: 10, failureRate: 0.5)
    let options = CircuitBreakerOptions(trip: .rate(rule))
    time.jumpWall(by: Self.years * 10)
    try await inOneProcess { (ledger: SQLiteLedger) async throws in
      let api = try await component(ledger, options)
      for _ in 0..<9 { api.report(.failure) }
    }
    time.jumpWall(by: Self.years * -10)
    time.advance(by: .seconds(86_400))
    try await inOneProcess { (ledger: SQLiteLedger) async throws in
      let api = try await component(ledger, options)
      api.report(.failure)
      #expect(!api.isCircuitOpen)
    }
  }

  // MARK: Metrics

  @Test func `buckets of health from the future are neither returned nor restored`() async throws {
    time.jumpWall(by: Self.years * 10)
    try await inOneProcess { (ledger: SQLiteLedger) async throws in
      let api = try await component(ledger)
      for _ in 0..<3 { api.report(.failure) }
    }
    time.jumpWall(by: Self.years * -10)
    try await inOneProcess { (ledger: SQLiteLedger) async throws in
      let engine = try await RecoveryEngine(ledger: ledger, time: time)
      #expect(engine.component("api").windowSummary().total == 0)
      let monitor = HealthMonitor(engine: engine)
      #expect(try await monitor.health(of: "api")?.status == .healthy)
      // And the slots that they take up are free for the present.
      for _ in 0..<30 {
        monitor.recordFailure("api", duration: .milliseconds(1))
        time.advance(by: .seconds(10))
      }
      try await ledger.flush()
      #expect(try await monitor.health(of: "api")?.failedRequests == 29)
    }
  }

  private func call(_ ledger: SQLiteLedger, _ outcome: CallOutcome) {
    ledger.record(
      CallSample(
        component: "api", outcome: outcome, durationNanoseconds: 1, endedAt: time.monotonicNanoseconds()))
  }

  @Test(arguments: [Duration.seconds(-1), .seconds(-30), .seconds(-59), .seconds(-3_600), .seconds(30)])
  func `calls after a reset count, even if the clock is set back meanwhile`(jump: Duration) async throws {
    let ledgers = try (0..<2).map { _ in try SQLiteLedger(path: folder.path(), time: time) }
    for ledger in ledgers {
      call(ledger, .failure)
      try await ledger.flush()
    }
    time.advance(by: .seconds(1))
    ledgers[0].record(.metricsReset("api", at: time.wallClock()))
    try await ledgers[0].flush()
    // The other process reads the reset with the first batch after it.
    time.advance(by: .seconds(1))
    call(ledgers[1], .success)
    try await ledgers[1].flush()
    time.jumpWall(by: jump)
    for ledger in ledgers {
      time.advance(by: .seconds(1))
      call(ledger, .success)
      try await ledger.flush()
    }
    let rates = try #require(try await ledgers[0].samples.rates(.all, component: "api").first)
    #expect(rates.totalRequests == 3 && rates.failedRequests == 0)
    let monitor = HealthMonitor(engine: try await RecoveryEngine(ledger: ledgers[0], time: time))
    #expect(try await monitor.health(of: "api")?.totalRequests ?? 0 > 0)
    for ledger in ledgers { try await ledger.close() }
  }

  @Test func `calls from before a reset do not count, even if they are written later`() async throws {
    let ledger = try SQLiteLedger(path: folder.path(), time: time)
    try await ledger.flush()
    let lock = try LedgerLock(file: LedgerFile(path: folder.path()))
    try lock.withWriteLock { () throws(LedgerError) in
      for _ in 0..<100 { call(ledger, .failure) }
      time.advance(by: .seconds(600))
      ledger.record(.metricsReset("api", at: time.wallClock()))
      time.advance(by: .seconds(600))
      call(ledger, .success)
    }
    try await ledger.flush()
    let rates = try #require(try await ledger.samples.rates(.all, component: "api").first)
    #expect(rates.totalRequests == 1 && rates.failedRequests == 0)
    try await ledger.close()
  }
}
