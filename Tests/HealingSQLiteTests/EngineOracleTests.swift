import Healing
import HealingSQLite
import HealingTestSupport
import Synchronization
import Testing

/// Random scripts on an engine under virtual time. The past states that the ledger reports are those that the engine had, and the
/// impact of each incident is what the script's own list says that callers saw.
@Suite struct EngineOracleTests {
  /// `make test` runs a share of 1,000 scripts; `make test-incidents` runs them all.
  @Test func `states at each minute are the engine's own, and the five outcomes sum to the trouble`()
    async throws
  {
    var seen: Set<ExecutionOutcome> = []
    var (states, incidents) = (Set<CircuitState>(), 0)
    for seed in Sweep.share(of: Array(0..<1_000), every: 200) {
      let folder = try TemporaryFolder()
      let options = SQLiteLedgerOptions(sampleDetail: .everyCall, retention: nil, reserveBytes: 0)
      let time = VirtualTime()
      let ledger = try SQLiteLedger(path: folder.path(), options: options, time: time)
      let script = try await EngineScript(seed: UInt64(seed), ledger, time)
      let minutes = try await script.run()
      try await ledger.flush()
      let reader = try SQLiteLedgerReader(path: folder.path())
      for minute in minutes {
        let found = try await reader.states(at: minute.at)
        #expect(minute.called.isSubset(of: found.map(\.component)))
        for found in found {
          let engine = minute.states.first { $0.component == found.component }
          #expect(
            engine?.equals(found) == true,
            "seed \(seed), \(minute.at): \(found), not \(String(describing: engine))")
          states.insert(found.state)
        }
      }
      let end = time.wallClock()
      let report = try await reader.incidents(now: end).incidents
      incidents += report.count
      let events = script.events.withLock { $0 }
      for incident in report {
        let start = Timestamp(microseconds: incident.startedAt.microseconds / 60_000_000 * 60_000_000)
        let inside = events.filter { $0.at >= start && $0.at < incident.endedAt }
        let impact = try await reader.impact(LedgerRange(since: incident.startedAt, until: incident.endedAt))
        for component in EngineScript.components {
          let own = inside.filter { $0.component == component }
          let found = impact.first { $0.component == component }
          let expected = EngineScript.totals(own)
          #expect(
            found.map(EngineScript.Totals.init(_:)) ?? EngineScript.Totals() == expected,
            "seed \(seed), \(incident.id)")
          let trouble = Int64(own.count { $0.kind == .trouble })
          #expect(found?.executions.troubled ?? 0 == trouble, "seed \(seed), \(incident.id)")
        }
        for case .ended(let outcome) in inside.map(\.kind) { seen.insert(outcome) }
      }
      try await ledger.close()
    }
    // The scripts must have had all of it, or the test proves nothing.
    #expect(seen.count == 5 && states.count == 3 && incidents > 5)
  }
}

/// Two hours of calls of three components on a real engine, and the script's own list of what callers saw.
private final class EngineScript: Sendable {
  static let components: [ComponentName] = ["cache", "db", "mail"]

  enum Kind: Hashable {
    case succeeded(isExtra: Bool)
    case failed(isExtra: Bool)
    /// The execution's first attempt was not made.
    case rejected
    case ended(ExecutionOutcome)
    /// An execution whose first attempt failed or was not made has ended.
    case trouble
  }
  struct Event {
    let at: Timestamp
    let component: ComponentName
    let kind: Kind
  }
  struct State {
    let component: ComponentName
    let circuit: CircuitState
    let until: Timestamp?
    let status: HealthStatus?

    /// Whether the ledger reports the same. Waits of retries are not whole microseconds, so an end can be rounded the other way.
    func equals(_ found: ComponentStateAt) -> Bool {
      let ends = [until ?? Timestamp(microseconds: 0), found.until ?? Timestamp(microseconds: 0)]
      return circuit == found.state && status == found.status
        && (.microseconds(-1) ... .microseconds(1)).contains(ends[0] - ends[1])
    }
  }
  /// What the engine was at the end of a minute.
  struct Minute {
    let at: Timestamp
    let states: [State]
    let called: Set<ComponentName>
  }
  struct Totals: Hashable {
    var attempts: Int64 = 0
    var failures: Int64 = 0
    var extra: Int64 = 0
    var executions: Int64 = 0
    var rejected: Int64 = 0
    var ends: [ExecutionOutcome: Int64] = [:]
  }

  private enum Step { case succeed, fail, wrong, cancel }
  private enum Recovery { case nothing, fallback, rollback }
  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }
  private struct Wrong: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .validation }
  }

  let events = Lock<[Event]>([])
  private let seed: UInt64
  private let engine: RecoveryEngine
  private let monitor: HealthMonitor
  private let time: VirtualTime

  init(seed: UInt64, _ ledger: SQLiteLedger, _ time: VirtualTime) async throws {
    (self.seed, self.time) = (seed, time)
    engine = try await RecoveryEngine(ledger: ledger, time: time, seed: seed)
    monitor = HealthMonitor(engine: engine)
    var random = SplitMix64(seed: seed)
    for name in Self.components {
      let retry = RetryOptions(
        maxAttempts: .random(in: 2...3, using: &random), initialDelay: .milliseconds(500), jitter: .none)
      let breaker = CircuitBreakerOptions(
        trip: .consecutiveFailures(.random(in: 2...6, using: &random)),
        successThreshold: .random(in: 1...3, using: &random),
        openDuration: .seconds(.random(in: 10...300, using: &random)),
        openGrowth: [1.0, 2.0].randomElement(using: &random) ?? 1)
      _ = try engine.component(
        name, policy: ComponentPolicy(retry: Bool.random(using: &random) ? retry : nil, breaker: breaker))
    }
  }

  /// Runs the script.
  /// - Returns: the engine's states at each minute.
  func run() async throws -> [Minute] {
    var random = SplitMix64(seed: seed &+ 1)
    let start = time.wallClock()
    var minutes: [Minute] = []
    var statuses: [ComponentName: HealthStatus] = [:]
    var called: Set<ComponentName> = []
    var outages: [ComponentName: [ClosedRange<Int>]] = [:]
    for name in Self.components {
      outages[name] = (0..<2).map { _ in
        let first = Int.random(in: 0..<100, using: &random)
        return first...first + Int.random(in: 2...20, using: &random)
      }
    }
    for minute in 0..<120 {
      for name in Self.components {
        let component = engine.component(name)
        if Int.random(in: 0..<60, using: &random) == 0 {
          try operate(component, Int.random(in: 0..<4, using: &random))
          called.insert(name)
        }
        let isBad = outages[name]?.contains { $0.contains(minute) } == true
        for _ in 0..<Int.random(in: isBad ? 1...4 : 0...2, using: &random) {
          time.advance(by: .microseconds(Int64.random(in: 1...2_000_000, using: &random)))
          let recovery =
            [Recovery.nothing, .nothing, .fallback, .rollback].randomElement(using: &random) ?? .nothing
          let steps = (0..<3).map { number -> Step in
            let draw = Int.random(in: 0..<100, using: &random)
            if draw < (isBad ? 70 : 2) { return .fail }
            if number > 0 && draw >= 97 { return .cancel }
            return draw >= 95 && recovery == .nothing ? .wrong : .succeed
          }
          called.insert(name)
          await Task { await call(component, steps, recovery) }.value
        }
      }
      // The script's minutes are those of the clock: its calls and waits end within them.
      time.advance(by: start + .seconds(60 * (minute + 1)) - time.wallClock())
      if minute.isMultiple(of: 12) {
        for name in called { statuses[name] = await monitor.check(name)?.status }
      }
      // Ids can run a few milliseconds ahead of a clock that stands still.
      time.advance(by: .milliseconds(20))
      let states = Self.components.map { name in
        let breaker = engine.component(name).breakerSnapshot()
        return State(
          component: name, circuit: breaker?.state ?? .closed, until: breaker?.openUntil,
          status: statuses[name])
      }
      minutes.append(Minute(at: time.wallClock(), states: states, called: called))
      // What happens next is later than this minute's states.
      time.advance(by: .milliseconds(1))
    }
    return minutes
  }

  private func operate(_ component: Component, _ action: Int) throws {
    let expiry = time.wallClock() + .seconds(120)
    switch action {
    case 0: component.resetBreaker(actor: "ops", note: "script")
    case 1: try component.liftOverride(actor: "ops")
    default:
      try component.force(
        CircuitOverride(
          kind: action == 2 ? .forcedOpen : .forcedClosed, actor: "ops", reason: "script", expiresAt: expiry))
    }
  }

  private func add(_ component: Component, _ kind: Kind) {
    events.withLock { $0.append(Event(at: time.wallClock(), component: component.name, kind: kind)) }
  }

  /// Makes a call, and lists what the dependency and the caller saw of it.
  private func call(_ component: Component, _ steps: [Step], _ recovery: Recovery) async {
    var tries = 0
    func attempt() throws -> Int {
      let step = steps[tries]
      tries += 1
      switch step {
      case .succeed:
        add(component, .succeeded(isExtra: tries > 1))
        return 1
      case .fail:
        add(component, .failed(isExtra: tries > 1))
        throw Down()
      case .wrong: throw Wrong()
      case .cancel:
        withUnsafeCurrentTask { $0?.cancel() }
        throw CancellationError()
      }
    }
    var ended: ExecutionOutcome?
    do {
      let value: Int
      switch recovery {
      case .nothing: value = try await component.execute("get", attempt)
      case .fallback: value = try await component.execute("get", fallbacks: [Fallback("zero") { 0 }], attempt)
      case .rollback:
        var state = 1
        value = try await component.execute("set", state: &state) { state in
          state += 1
          return try attempt()
        }
      }
      if value == 0 { ended = .degraded } else if tries > 1 { ended = .saved }
    } catch {
      if tries == 0 {
        ended = .lost
      } else if error is CancellationError {
        ended = .interrupted
      } else if steps[0] == .fail {
        ended = recovery == .rollback ? .undone : .lost
      }
    }
    if tries == 0 { add(component, .rejected) }
    if tries == 0 || steps[0] == .fail { add(component, .trouble) }
    if let ended { add(component, .ended(ended)) }
  }

  /// Sums events as docs/incidents.md defines the figures.
  static func totals(_ events: [Event]) -> Totals {
    var totals = Totals()
    for event in events {
      switch event.kind {
      case .succeeded(let isExtra), .failed(let isExtra):
        totals.attempts += 1
        if case .failed = event.kind { totals.failures += 1 }
        if isExtra { totals.extra += 1 } else { totals.executions += 1 }
      case .rejected: totals.rejected += 1
      case .ended(let outcome): totals.ends[outcome, default: 0] += 1
      case .trouble: break
      }
    }
    return totals
  }
}

extension EngineScript.Totals {
  fileprivate init(_ impact: ComponentImpact) {
    let ended = impact.executions
    self.init(
      attempts: impact.attempts, failures: impact.failures, extra: impact.extraAttempts,
      executions: ended.executions, rejected: ended.rejected,
      ends: [
        .saved: ended.saved, .degraded: ended.degraded, .undone: ended.undone, .lost: ended.lost,
        .interrupted: ended.interrupted,
      ].filter { $0.value > 0 })
  }
}
