import HealingTestSupport
import Synchronization
import Testing

@testable import Healing

extension HealthMonitor {
  /// Whether an alert could not be delivered and waits for a later check.
  var hasUndelivered: Bool { state.withLock { $0.deliveries.values.contains { !$0.undelivered.isEmpty } } }
}

/// A receiver of alerts that does as a test says.
private final class Receiver: Sendable {
  private struct State {
    var delivered: [String] = []
    var pending: [CheckedContinuation<Void, any Error>] = []
    var hangs: Bool
  }
  private let state: Lock<State>

  /// - Parameter hangs: whether each delivery waits until the test ends it.
  init(hangs: Bool) { state = Lock(State(hangs: hangs)) }

  var delivered: [String] { state.withLock { $0.delivered } }

  func receive(_ alert: AlertRecord) async throws {
    let hangs = state.withLock { state in
      state.delivered.append("\(alert.kind.rawValue) \(alert.component)")
      return state.hangs
    }
    guard hangs else { return }
    try await withCheckedThrowingContinuation { continuation in
      state.withLock { $0.pending.append(continuation) }
    }
  }

  func waitForDeliveries(_ count: Int) async { while delivered.count < count { await pause() } }

  /// Ends the delivery in progress.
  func end(throwing error: (any Error)? = nil) async {
    while state.withLock({ $0.pending.isEmpty }) { await pause() }
    let continuation = state.withLock { $0.pending.removeFirst() }
    if let error { continuation.resume(throwing: error) } else { continuation.resume() }
  }

  func change(hangs: Bool) { state.withLock { $0.hangs = hangs } }
}

@Suite struct AlertDeliveryTests {
  let time = VirtualTime(jumps: false)
  let ledger: InMemoryLedger

  init() { ledger = InMemoryLedger(time: time) }

  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  /// The results of a monitor's checks, by component.
  private final class Findings: Sendable {
    let bad = Lock<Set<ComponentName>>([])
    func register(_ names: [ComponentName], with monitor: HealthMonitor) throws {
      for name in names {
        monitor.register(
          name,
          check: try HealthCheck { [self] in
            bad.withLock { $0.contains(name) } ? .critical("down") : .healthy()
          })
      }
    }
  }

  private func engine(retry: RetryOptions? = nil) async throws -> RecoveryEngine {
    try await RecoveryEngine(ledger: ledger, policy: ComponentPolicy(retry: retry, breaker: nil), time: time)
  }

  private func set(_ findings: Findings, _ monitor: HealthMonitor, _ name: ComponentName, bad: Bool) async {
    findings.bad.withLock { if bad { $0.insert(name) } else { $0.remove(name) } }
    await monitor.check(name)
  }

  private func rates() async throws -> ComponentRates? {
    try await ledger.samples.rates(.all, component: "alert.pager").first
  }

  // MARK: Order

  @Test func `alerts to one handler are delivered one at a time and in order`() async throws {
    let monitor = HealthMonitor(engine: try await engine())
    let (slow, quick) = (Receiver(hangs: true), Receiver(hangs: false))
    monitor.onAlert("pager") { try await slow.receive($0) }
    monitor.onAlert("log") { try await quick.receive($0) }
    let findings = Findings()
    try findings.register(["a", "b", "c"], with: monitor)
    for name in ["a", "c", "b"] as [ComponentName] { await set(findings, monitor, name, bad: true) }
    await quick.waitForDeliveries(3)
    #expect(slow.delivered == ["raised a"])
    // What a later alert of the component supersedes before its delivery is not delivered.
    await set(findings, monitor, "c", bad: false)
    for _ in 0..<3 { await slow.end() }
    await slow.waitForDeliveries(3)
    await ledger.waitUntil { _ in try await rates()?.totalRequests == 3 }
    #expect(slow.delivered == ["raised a", "raised b", "recovered c"])
    #expect(quick.delivered == ["raised a", "raised c", "raised b", "recovered c"])
  }

  @Test(arguments: [1, 2])
  func `a retry of a superseded alert does not call the handler and is no failure`(failures: Int) async throws
  {
    let retry = RetryOptions(maxAttempts: 5, initialDelay: .seconds(1), jitter: .none)
    let monitor = HealthMonitor(engine: try await engine(retry: retry))
    let receiver = Receiver(hangs: true)
    monitor.onAlert("pager") { try await receiver.receive($0) }
    let findings = Findings()
    try findings.register(["api"], with: monitor)
    await set(findings, monitor, "api", bad: true)
    for attempt in 1...failures {
      await receiver.end(throwing: Down())
      await ledger.waitUntil { _ in try await rates()?.failedRequests == Int64(attempt) }
      while attempt < failures && receiver.delivered.count == attempt {
        time.advance(by: .seconds(20))
        await pause()
      }
    }
    await set(findings, monitor, "api", bad: false)
    while receiver.delivered.last != "recovered api" {
      time.advance(by: .seconds(20))
      await pause()
    }
    await receiver.end()
    await ledger.waitUntil { _ in try await rates()?.totalRequests == Int64(failures + 1) }
    #expect(receiver.delivered == Array(repeating: "raised api", count: failures) + ["recovered api"])
    #expect(try await rates()?.failedRequests == Int64(failures))
    #expect(try await rates()?.cancelledRequests == 1)
    #expect(try await ledger.errors.recent(component: "alert.pager", limit: 9).count == failures)
  }

  @Test func `a handler that never returns does not block later alerts`() async throws {
    let monitor = HealthMonitor(engine: try await engine())
    let receiver = Receiver(hangs: true)
    monitor.onAlert("pager") { try await receiver.receive($0) }
    let findings = Findings()
    try findings.register(["a", "b"], with: monitor)
    await set(findings, monitor, "a", bad: true)
    await set(findings, monitor, "b", bad: true)
    await receiver.waitForDeliveries(1)
    await time.waitForSleepers()
    receiver.change(hangs: false)
    time.advance(by: .seconds(59))
    #expect(receiver.delivered == ["raised a"])
    time.advance(by: .seconds(1))
    await receiver.waitForDeliveries(2)
    let error = try #require(try await ledger.errors.recent(component: "alert.pager", limit: 1).last)
    #expect(error.category == .timeout)
    // It failed, so it is tried again at the next check of its component.
    while !monitor.hasUndelivered { await pause() }
    await monitor.check("a")
    await receiver.waitForDeliveries(3)
    #expect(receiver.delivered == ["raised a", "raised b", "raised a"])
    await receiver.end()
  }

  @Test func `a replacing monitor keeps the order`() async throws {
    let engine = try await engine()
    let receiver = Receiver(hangs: true)
    let findings = Findings()
    func make() throws -> HealthMonitor {
      let monitor = HealthMonitor(engine: engine)
      monitor.onAlert("pager") { try await receiver.receive($0) }
      try findings.register(["a", "b"], with: monitor)
      return monitor
    }
    let former = try make()
    await set(findings, former, "a", bad: true)
    await set(findings, former, "b", bad: true)
    await receiver.waitForDeliveries(1)
    let next = try make()
    next.replace(former)
    await set(findings, next, "a", bad: false)
    for _ in 0..<50 { await pause() }
    #expect(receiver.delivered == ["raised a"])
    // It fails, but the end of the incident was sent meanwhile.
    await receiver.end(throwing: Down())
    await receiver.end()
    await receiver.end()
    await ledger.waitUntil { _ in try await rates()?.totalRequests == 3 }
    for name in ["a", "b"] as [ComponentName] { await next.check(name) }
    #expect(receiver.delivered == ["raised a", "raised b", "recovered a"])
  }

  @Test func `successive replacing monitors keep the order`() async throws {
    let engine = try await engine()
    let receiver = Receiver(hangs: true)
    let findings = Findings()
    var monitors: [HealthMonitor] = []
    for index in 0..<3 {
      let monitor = HealthMonitor(engine: engine)
      monitor.onAlert("pager") { try await receiver.receive($0) }
      try findings.register(["a", "b", "c"], with: monitor)
      if let former = monitors.last { monitor.replace(former) }
      monitors.append(monitor)
      await set(findings, monitor, ["a", "b", "c"][index], bad: true)
    }
    await receiver.waitForDeliveries(1)
    for _ in 0..<50 { await pause() }
    #expect(receiver.delivered == ["raised a"])
    for _ in 0..<3 { await receiver.end() }
    await receiver.waitForDeliveries(3)
    #expect(receiver.delivered == ["raised a", "raised b", "raised c"])
  }

  // MARK: Cancellation

  private static let cancelled: [@Sendable () async throws -> HealthCheck.Result] = [
    {
      try await Task.sleep(for: .seconds(3_600))
      return .healthy()
    },
    {
      try? await Task.sleep(for: .seconds(3_600))
      return .critical("cut off")
    },
    {
      await withCheckedContinuation { (_: CheckedContinuation<Void, Never>) in }
      return .healthy()
    },
  ]

  @Test(arguments: 0..<3, [false, true])
  func `a cancelled check has no result`(kind: Int, byStop: Bool) async throws {
    let monitor = try HealthMonitor(
      engine: try await engine(), options: MonitorOptions(checkInterval: .seconds(10)))
    let receiver = Receiver(hangs: false)
    monitor.onAlert("pager") { try await receiver.receive($0) }
    let isRunning = Lock(false)
    monitor.register(
      "api",
      check: try HealthCheck(timeout: .seconds(60)) {
        isRunning.withLock { $0 = true }
        return try await Self.cancelled[kind]()
      })
    if byStop {
      monitor.start()
      while !isRunning.withLock({ $0 }) { await pause() }
      await monitor.stop()
    } else {
      let check = Task { await monitor.check("api") }
      while !isRunning.withLock({ $0 }) { await pause() }
      time.advance(by: .seconds(2))
      check.cancel()
      #expect(await check.value == nil)
    }
    for _ in 0..<50 { await pause() }
    #expect(try await ledger.checks.recent(component: "api", limit: 9).isEmpty)
    #expect(
      try await ledger.checks.recentAlerts(component: nil, limit: 9).isEmpty && receiver.delivered.isEmpty)
    #expect(try await monitor.health(of: "api")?.status == .healthy)
  }

  @Test func `a cancelled task does not evaluate a component`() async throws {
    let monitor = HealthMonitor(engine: try await engine())
    monitor.recordFailure("api", duration: .zero)
    let check = Task {
      while !Task.isCancelled { await pause() }
      return await monitor.check("api")
    }
    check.cancel()
    #expect(await check.value == nil)
    #expect(try await ledger.checks.recentAlerts(component: nil, limit: 9).isEmpty)
  }

  // MARK: Removed checks

  @Test(arguments: [false, true])
  func `a removed check ends its incident as no longer monitored`(byTakingOver: Bool) async throws {
    let engine = try await engine()
    let receiver = Receiver(hangs: false)
    func make() -> HealthMonitor {
      let monitor = HealthMonitor(engine: engine)
      monitor.onAlert("pager") { try await receiver.receive($0) }
      return monitor
    }
    var monitor = make()
    let findings = Findings()
    try findings.register(["bad", "good", "calls"], with: monitor)
    for _ in 0..<3 { monitor.recordFailure("calls", duration: .zero) }
    await set(findings, monitor, "good", bad: false)
    for name in ["bad", "calls"] as [ComponentName] { await set(findings, monitor, name, bad: true) }
    await receiver.waitForDeliveries(2)
    if byTakingOver {
      let next = make()
      let removed = next.replace(monitor)
      #expect(removed == ["bad", "calls", "good"])
      for name in removed { await next.check(name) }
      monitor = next
    } else {
      for name in ["bad", "good", "calls"] as [ComponentName] { await monitor.removeCheck(of: name) }
    }
    #expect(monitor.registeredChecks == 0)
    #expect(try await monitor.health(of: "bad")?.status == .healthy)
    // The calls of the other are bad themselves: its incident lasts, and ends as any other.
    #expect(try await monitor.health(of: "calls")?.status == .critical)
    time.advance(by: .seconds(400))
    await monitor.check("calls")
    await receiver.waitForDeliveries(4)
    #expect(receiver.delivered == ["raised bad", "raised calls", "unwatched bad", "recovered calls"])
    let alert = try #require(try await ledger.checks.recentAlerts(component: "bad", limit: 1).last)
    #expect(alert.isResolved && alert.message.contains("no longer monitored"))
    // Nothing of it is sent twice.
    await monitor.check("bad")
    #expect(try await ledger.checks.recentAlerts(component: "bad", limit: 9).count == 2)
  }

  @Test func `the result of a check that is removed while it runs does not count`() async throws {
    let monitor = HealthMonitor(engine: try await engine())
    let gate = AsyncStream.makeStream(of: Void.self)
    let isRunning = Lock(false)
    monitor.register(
      "api",
      check: try HealthCheck {
        isRunning.withLock { $0 = true }
        for await _ in gate.stream { break }
        return .critical("down")
      })
    let check = Task { await monitor.check("api") }
    while !isRunning.withLock({ $0 }) { await pause() }
    await monitor.removeCheck(of: "api")
    gate.continuation.yield()
    #expect(await check.value?.status == .healthy)
    #expect(try await ledger.checks.recentAlerts(component: nil, limit: 9).isEmpty)
  }

  @Test func `an alert from before a component was forgotten is still delivered`() async throws {
    let engine = try await engine()
    let monitor = HealthMonitor(engine: engine)
    let receiver = Receiver(hangs: true)
    monitor.onAlert("pager") { try await receiver.receive($0) }
    let findings = Findings()
    try findings.register(["busy", "ended", "lasting"], with: monitor)
    for name in ["busy", "ended", "lasting"] as [ComponentName] {
      await set(findings, monitor, name, bad: true)
    }
    await set(findings, monitor, "ended", bad: false)
    for name in ["ended", "lasting"] as [ComponentName] { engine.forget(name) }
    await receiver.end()
    await receiver.end(throwing: Down())
    await receiver.waitForDeliveries(3)
    await receiver.end()
    while !monitor.hasUndelivered { await pause() }
    receiver.change(hangs: false)
    // No check comes to it any more: the rounds deliver it.
    monitor.start()
    await receiver.waitForDeliveries(4)
    await monitor.stop()
    #expect(receiver.delivered == ["raised busy", "recovered ended", "unwatched lasting", "recovered ended"])
  }

  @Test(arguments: [false, true]) func `forgetting a component ends its incident`(isBad: Bool) async throws {
    let engine = try await engine()
    let monitor = HealthMonitor(engine: engine)
    let receiver = Receiver(hangs: false)
    monitor.onAlert("pager") { try await receiver.receive($0) }
    let findings = Findings()
    try findings.register(["api"], with: monitor)
    await set(findings, monitor, "api", bad: isBad)
    engine.forget("api")
    let alerts = try await ledger.checks.recentAlerts(component: "api", limit: 9)
    #expect(alerts.map(\.kind) == (isBad ? [.raised, .unwatched] : []))
    #expect(alerts.last?.message == (isBad ? "api is no longer monitored: the component was forgotten" : nil))
    if isBad { while receiver.delivered.last != "unwatched api" { await pause() } }
    #expect(try await ledger.components.find("api") == nil)
    // It starts with new state: there is no incident to recover from.
    engine.component("api").report(.success)
    await monitor.check("api")
    #expect(try await ledger.checks.recentAlerts(component: "api", limit: 9).count == alerts.count)
  }

  // MARK: Channels

  @Test func `alert channels are not listed as components`() async throws {
    let monitor = HealthMonitor(engine: try await engine())
    monitor.recordSuccess("api", duration: .milliseconds(1))
    for name in ["alert.pager", "alert.log"] as [ComponentName] {
      for _ in 0..<3 { monitor.recordFailure(name, duration: .zero) }
    }
    for system in [try await monitor.systemHealth(), monitor.systemHealthInMemory()] {
      #expect(system.components.map(\.component) == ["api"] && system.status == .healthy)
      #expect(system.alertChannels.map(\.component) == ["alert.log", "alert.pager"])
      #expect(system.alertChannels.map(\.status) == [.critical, .critical])
      #expect(system.errorRate == 0 && system.issues.isEmpty && system.count(.critical) == 0)
      #expect(system.message == "the component is healthy")
    }
  }
}
