import HealingTestSupport
import Synchronization
import Testing

@testable import Healing

/// The effect of an open circuit on the health of its component, and on its alerts.
@Suite struct CircuitHealthTests {
  let time = VirtualTime(jumps: false)
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  private func monitor(
    _ options: MonitorOptions = .standard, wait: Duration = .seconds(60)
  ) async throws -> HealthMonitor {
    let policy = ComponentPolicy(
      retry: nil,
      breaker: CircuitBreakerOptions(failureThreshold: 2, successThreshold: 1, openDuration: wait))
    return try HealthMonitor(
      engine: try await RecoveryEngine(ledger: ledger, policy: policy, time: time), options: options)
  }

  private func trip(_ monitor: HealthMonitor, _ component: ComponentName = "api") {
    for _ in 0..<2 { monitor.recordFailure(component, duration: .milliseconds(5), error: Down()) }
  }

  /// Forgets the calls, so that the circuit alone decides.
  private func leaveWindow() { time.advance(by: .seconds(301)) }

  private func override(
    _ kind: CircuitOverride.Kind, for length: Duration? = nil
  ) -> CircuitOverride {
    CircuitOverride(
      kind: kind, actor: "ada", reason: "maintenance", expiresAt: length.map { time.wallClock() + $0 })
  }

  // MARK: Status

  @Test(arguments: [0, 2])
  func `an open circuit is unhealthy with start and reason in every read of health`(rest: Int)
    async throws
  {
    let monitor = try await monitor(wait: .seconds(3600))
    let since = time.wallClock()
    trip(monitor)
    let error = try #require(try await ledger.errors.recent(component: "api", limit: 1).last)
    leaveWindow()
    for _ in 0..<rest { monitor.engine.component("api").report(.rejected) }
    let issue = "circuit open since \(since.iso8601Seconds): 2 failures in a row (error \(error.id))"
    let message = issue + (rest > 0 ? "; \(rest) of \(rest) calls were rejected" : "")
    let health = try #require(try await monitor.health(of: "api"))
    #expect(health.status == .unhealthy && health.issues == [issue] && health.message == message)
    #expect(health.statusWithoutCircuit == .healthy)
    #expect(
      health.circuit?.state == .open && health.circuit?.since == since && health.circuit?.override == nil)
    #expect(health.circuit?.until == since + .seconds(3600))
    let checked = try #require(await monitor.check("api"))
    let system = try await monitor.systemHealth()
    for other in [checked, try #require(system.components.first)] {
      #expect(other.status == .unhealthy && other.issues == [issue])
    }
    #expect(system.status == .unhealthy && system.issues == ["api is unhealthy: \(message)"])
    #expect(monitor.systemHealthInMemory().components.map(\.status) == [.unhealthy])
    #expect(try await ledger.checks.recent(component: "api", limit: 1).last?.status == .unhealthy)
  }

  @Test func `a half-open circuit is unhealthy until its probes have closed it`() async throws {
    let monitor = try await monitor()
    let since = time.wallClock()
    trip(monitor)
    leaveWindow()
    let gate = AsyncStream.makeStream(of: Void.self)
    let engine = monitor.engine
    let probe = Task { try await engine.execute("get", on: "api") { for await _ in gate.stream { return } } }
    while engine.component("api").breakerSnapshot()?.state != .halfOpen { await pause() }
    let health = try #require(try await monitor.health(of: "api"))
    #expect(health.status == .unhealthy && health.circuit?.state == .halfOpen)
    #expect(
      health.message.hasPrefix("circuit half-open, not closed since \(since.iso8601Seconds): 2 failures"))
    gate.continuation.yield()
    try await probe.value
    #expect(try await monitor.health(of: "api")?.status == .healthy)
    #expect(try await monitor.health(of: "api")?.circuit == .closed)
  }

  @Test(arguments: [Duration?.none, .seconds(600)])
  func `a circuit forced open is unhealthy while the override is in force`(length: Duration?)
    async throws
  {
    let monitor = try await monitor()
    let since = time.wallClock()
    try monitor.engine.component("api").force(override(.forcedOpen, for: length))
    time.advance(by: .seconds(5))
    for health in [
      try #require(try await monitor.health(of: "api")),
      try #require(monitor.systemHealthInMemory().components.first),
    ] {
      #expect(health.status == .unhealthy)
      #expect(health.issues == ["circuit forced open since \(since.iso8601Seconds) by ada: maintenance"])
      #expect(health.circuit?.override == .forcedOpen && health.circuit?.until == length.map { since + $0 })
    }
    time.advance(by: .seconds(600))
    #expect(try await monitor.health(of: "api")?.status == (length == nil ? .unhealthy : .healthy))
    try monitor.engine.component("api").liftOverride()
    #expect(try await monitor.health(of: "api")?.status == .healthy)
  }

  @Test func `a circuit forced closed does not change the status, and the message names it`() async throws {
    let monitor = try await monitor()
    try monitor.engine.component("api").force(override(.forcedClosed))
    let health = try #require(try await monitor.health(of: "api"))
    #expect(health.status == .healthy && health.issues.isEmpty && health.circuit?.isInterrupted == false)
    #expect(health.message.hasPrefix("no calls; circuit forced closed since "))
    #expect(health.message.hasSuffix(" by ada: maintenance"))
    let open = try await self.monitor(wait: .seconds(3600))
    trip(open, "db")
    leaveWindow()
    try open.engine.component("db").force(override(.forcedClosed))
    #expect(try await open.health(of: "db")?.status == .healthy)
  }

  @Test func `changes of another process to a breaker count, and a component without one has no circuit`()
    async throws
  {
    let monitor = try await monitor()
    monitor.register("plain")
    var breaker = BreakerSnapshot(component: "api", updatedAt: time.wallClock())
    breaker.state = .open
    breaker.failureCount = 7
    breaker.consecutiveTrips = 3
    breaker.trippedAt = time.wallClock()
    ledger.record(.breaker(breaker))
    #expect(try await monitor.health(of: "api")?.status == .unhealthy)
    #expect(try await monitor.health(of: "api")?.circuit?.reason == "7 failures in a row, 3 trips in a row")
    #expect(await monitor.check("api")?.status == .unhealthy)
    try monitor.engine.setPolicy(ComponentPolicy(breaker: nil), of: "plain")
    #expect(try await monitor.systemHealth().components.map(\.circuit?.state) == [.open, nil])
  }

  @Test func `a worse status by calls is kept`() async throws {
    let monitor = try await monitor()
    // Five calls are enough for a verdict on their rate.
    for _ in 0..<5 { monitor.recordFailure("api", duration: .milliseconds(5), error: Down()) }
    let health = try #require(try await monitor.health(of: "api"))
    #expect(health.status == .critical && health.issues.count == 2)
  }

  // MARK: Alerts

  /// One component, judged by hand.
  private struct Incident {
    var state = AlertState()
    var now: Int64 = 0
    let options: MonitorOptions
    private var openedAt: Int64?

    init(_ options: MonitorOptions) { self.options = options }

    /// The alerts of a check after `seconds` with the given circuit.
    mutating func check(
      after seconds: Int64, _ calls: HealthStatus = .healthy, open: Bool = false, openFor: Int64? = nil
    ) -> [AlertRecord.Kind] {
      now += seconds * 1_000_000_000
      openedAt = open ? openFor.map { now - $0 * 1_000_000_000 } ?? openedAt ?? now : nil
      let kind = state.decide(Self.health(calls, openedAt: openedAt, at: now), options, at: now)
      return [kind].compactMap(\.self)
    }

    static func health(_ calls: HealthStatus, openedAt: Int64?, at now: Int64) -> ComponentHealth {
      var breaker = BreakerSnapshot(component: "api", updatedAt: Timestamp(microseconds: now / 1_000))
      if let openedAt {
        breaker.state = .open
        breaker.trippedAt = Timestamp(microseconds: openedAt / 1_000)
      }
      return ComponentHealth(
        "api", HealthWindow.Summary(), .standard, circuit: CircuitHealth(breaker, at: breaker.updatedAt),
        checkResult: .init(calls, "check"),
        checkTime: .zero, at: Timestamp(microseconds: now / 1_000))
    }
  }

  private func incident(
    threshold: HealthStatus = .unhealthy, delay: Duration = .seconds(10)
  ) throws -> Incident {
    Incident(
      MonitorOptions(alertThreshold: threshold, reminderInterval: .seconds(100), circuitAlertDelay: delay)
    )
  }

  @Test func `a circuit that closes within the delay sends no alert`() throws {
    var incident = try incident()
    #expect(incident.check(after: 0, open: true).isEmpty)
    #expect(incident.check(after: 9, open: true).isEmpty)
    #expect(incident.check(after: 1).isEmpty)
    // Each trip has a separate delay, also when no check saw the circuit closed.
    #expect(incident.check(after: 30, open: true, openFor: 5).isEmpty)
    #expect(incident.check(after: 30, open: true, openFor: 9).isEmpty)
    #expect(incident.check(after: 30).isEmpty)
  }

  @Test func `a circuit that stays open sends one alert, reminders, and an alert when it closes`() throws {
    var incident = try incident()
    #expect(incident.check(after: 30, open: true, openFor: 10) == [.circuitOpened])
    #expect(incident.check(after: 30, open: true).isEmpty)
    #expect(incident.check(after: 70, open: true) == [.reminder])
    #expect(incident.check(after: 1) == [.circuitClosed])
    #expect(!incident.state.isIncident)
    #expect(incident.check(after: 500).isEmpty)
    #expect(incident.check(after: 1, open: true, openFor: 60) == [.circuitOpened])
  }

  @Test func `the alerts of an incident and a circuit are sent one per check`() throws {
    // Both at once: circuit_opened begins the incident.
    var both = try incident()
    #expect(both.check(after: 0, .critical, open: true, openFor: 20) == [.circuitOpened])
    #expect(both.check(after: 30, .critical) == [.circuitClosed])
    #expect(both.state.isIncident)
    #expect(both.check(after: 30) == [.recovered])
    // The incident first.
    var calls = try incident()
    #expect(calls.check(after: 0, .critical, open: true, openFor: 1) == [.raised])
    #expect(calls.check(after: 30, .critical, open: true) == [.circuitOpened])
    #expect(calls.check(after: 30, open: true).isEmpty)
    #expect(calls.check(after: 30) == [.circuitClosed])
    #expect(!calls.state.isIncident)
    // The status recovers while a circuit is open that was not reported yet.
    var young = try incident(delay: .seconds(60))
    #expect(young.check(after: 0, .critical) == [.raised])
    #expect(young.check(after: 30, open: true).isEmpty)
    #expect(young.check(after: 5) == [.recovered])
  }

  @Test(arguments: [HealthStatus.degraded, .unhealthy, .critical])
  func `an open circuit alerts up to the threshold unhealthy`(threshold: HealthStatus) throws {
    var incident = try incident(threshold: threshold)
    let delivered: [AlertRecord.Kind] = threshold == .critical ? [] : [.circuitOpened]
    #expect(incident.check(after: 0, open: true, openFor: 20) == delivered)
    var critical = try self.incident(threshold: threshold)
    #expect(critical.check(after: 0, .critical, open: true, openFor: 20) == [.circuitOpened])
    // The reported incident ends when the circuit closes, not before.
    #expect(critical.check(after: 1, open: true).isEmpty)
    #expect(critical.check(after: 1) == [.circuitClosed])
  }

  @Test func `a delay of zero alerts immediately`() throws {
    var incident = try incident(delay: .zero)
    #expect(incident.check(after: 0, open: true) == [.circuitOpened])
  }

  @Test(arguments: [0, 1, 3]) func `the alerts of the ledger show whether a circuit was reported`(
    reminders: Int
  )
    throws
  {
    var alerts = [AlertRecord.Kind.raised, .circuitOpened] + Array(repeating: .reminder, count: reminders)
    func state() -> AlertState {
      AlertState(
        alerts.enumerated().map { index, kind in
          AlertRecord(
            id: LedgerID(rawValue: Int64(index + 1)), at: Timestamp(microseconds: 0), component: "api",
            kind: kind,
            status: .critical, previousStatus: nil, message: "", isResolved: index > 1)
        }, wall: Timestamp(microseconds: 1), monotonic: 0)
    }
    let closed = Incident.health(.critical, openedAt: nil, at: 0)
    var delivered = state()
    let options = MonitorOptions()
    let open = Incident.health(.critical, openedAt: -60_000_000_000, at: 0)
    #expect(delivered.decide(open, options, at: 0) == nil)
    #expect(delivered.decide(closed, options, at: 0) == .circuitClosed)
    alerts.append(.circuitClosed)
    var ended = state()
    #expect(!ended.isIncident)
    #expect(ended.decide(closed, options, at: 0) == .raised)
  }

  @Test func `a monitor notifies handlers and ledger, also after a restart`() async throws {
    let kinds = Lock<[String]>([])
    func start() async throws -> HealthMonitor {
      let monitor = try await monitor(wait: .seconds(3600))
      monitor.onAlert("pager") { alert in
        kinds.withLock { $0.append("\(alert.kind.rawValue) \(alert.isResolved)") }
      }
      return monitor
    }
    let first = try await start()
    func check(_ monitor: HealthMonitor, expecting count: Int) async {
      await monitor.check("api")
      while kinds.withLock({ $0.count }) < count { await pause() }
    }
    trip(first)
    leaveWindow()
    await check(first, expecting: 1)
    let second = try await start()
    time.advance(by: .seconds(3600))
    await check(second, expecting: 2)
    let third = try await start()
    await check(third, expecting: 2)
    third.engine.component("api").resetBreaker(actor: "ada")
    await check(third, expecting: 3)
    let alerts = try await ledger.checks.recentAlerts(component: "api", limit: 9)
    #expect(alerts.map(\.kind) == [.circuitOpened, .reminder, .circuitClosed])
    #expect(alerts.map(\.isResolved) == [false, false, true])
    #expect(alerts.first?.message.contains("api is unhealthy: circuit open since ") == true)
    #expect(alerts.last?.message.hasPrefix("the circuit of api is closed; api is healthy: ") == true)
    #expect(kinds.withLock { $0 } == ["circuit_opened false", "reminder false", "circuit_closed true"])
  }
}
