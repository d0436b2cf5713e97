package import Healing
import Testing

/// The contract of every ledger. Each implementation runs the same suite.
package struct LedgerConformance: Sendable {
  private let make: @Sendable (VirtualTime) throws -> any Ledger

  /// - Parameter make: an empty ledger on the given clocks.
  package init(_ make: @escaping @Sendable (VirtualTime) throws -> any Ledger) { self.make = make }

  package static let all: [(name: String, test: @Sendable (LedgerConformance) async throws -> Void)] = [
    ("an empty ledger answers zeros", { try await $0.emptyAnswersZeros() }),
    ("a recovery comes back as it was recorded", { try await $0.recoveryRoundTrip() }),
    ("an error comes back as it was recorded", { try await $0.errorRoundTrip() }),
    ("checks and alerts come back as they were recorded", { try await $0.checkRoundTrip() }),
    ("totals agree by action and by component", { try await $0.totalsAgree() }),
    ("a range is widened to whole minutes", { try await $0.rangesByTheMinute() }),
    ("calls are counted by component", { try await $0.callsAreCounted() }),
    ("a reset of metrics starts a new epoch", { try await $0.metricsReset() }),
    ("a forgotten component leaves its history and its totals", { try await $0.forgetting() }),
    ("windows are read from a time on", { try await $0.windowsByTime() }),
    ("the latest breaker snapshot stands", { try await $0.breakerSnapshots() }),
    ("breakers that are not closed are read apart", { try await $0.unusualBreakers() }),
    ("of state and override each later version stands", { try await $0.breakerVersions() }),
    ("transitions are stored in the order in which they happened", { try await $0.transitionOrder() }),
    ("after the clock was set back the present is seen", { try await $0.clockSetBack() }),
    ("recent rows are limited, newest last", { try await $0.recentIsLimited() }),
    ("the feed has every event once, in the order it was written", { try await $0.feedFollows() }),
    ("what is recorded twice is there once", { try await $0.recordedTwice() }),
    ("secrets never come back", { try await $0.secretsAreRemoved() }),
  ]

  private func recovery(
    _ ledger: any Ledger, _ time: VirtualTime, _ component: ComponentName, _ action: RecoveryAction,
    _ outcome: RecoveryRecord.Outcome, milliseconds: Int = 10
  ) -> RecoveryRecord {
    RecoveryRecord(
      id: ledger.makeID(), at: time.wallClock(), component: component, operation: "op",
      executionID: ledger.makeID(), errorID: ledger.makeID(), action: action, outcome: outcome, attempts: 2,
      duration: .milliseconds(milliseconds), message: "because", metadata: ["strategy": "mine"])
  }

  private func emptyAnswersZeros() async throws {
    let ledger = try make(VirtualTime())
    let statistics = try await ledger.recoveries.statistics(.all, component: nil)
    #expect(statistics == RecoveryStatistics(overall: .none, byAction: [], byComponent: []))
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 10).isEmpty)
    #expect(try await ledger.samples.rates(.all, component: nil).isEmpty)
    #expect(try await ledger.breakers.all().isEmpty)
    #expect(try await ledger.components.all().isEmpty)
    #expect(try await ledger.errors.find(LedgerID(rawValue: 1)) == nil)
  }

  private func recoveryRoundTrip() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    var expected: [RecoveryRecord] = []
    for (index, action) in RecoveryAction.allCases.enumerated() {
      let outcome = RecoveryRecord.Outcome.allCases[index % 4]
      let record = recovery(ledger, time, "orders_db", action, outcome, milliseconds: index)
      expected.append(record)
      ledger.record(.recovery(record))
    }
    try await ledger.flush()
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 100) == expected)
  }

  private func errorRoundTrip() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    var expected: [ErrorContext] = []
    for (index, category) in ErrorCategory.allCases.enumerated() {
      expected.append(
        ErrorContext(
          id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get", executionID: nil,
          attempt: index + 1,
          classification: ErrorClassification(
            category: category, severity: ErrorSeverity.allCases[index % 4],
            isTransient: index.isMultiple(of: 2),
            rule: "rule.\(index)", retryAfter: index == 3 ? .milliseconds(1500) : nil),
          type: "T", message: "Grüße \(index) 'quoted' \u{0}nul", requestID: "r\(index)",
          userID: index == 1 ? nil : "u", metadata: index == 2 ? [:] : ["k": "v"]))
    }
    for error in expected { ledger.record(.error(error)) }
    try await ledger.flush()
    #expect(try await ledger.errors.recent(component: "api", limit: 100) == expected)
    #expect(try await ledger.errors.find(expected[4].id) == expected[4])
    #expect(try await ledger.errors.recent(component: "other", limit: 100).isEmpty)
  }

  private func checkRoundTrip() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    let check = HealthCheckRecord(
      id: ledger.makeID(), at: time.wallClock(), component: "api", status: .unhealthy,
      previousStatus: .healthy, errorRate: 0.25, totalRequests: 4, failedRequests: 1,
      responseTime: .milliseconds(12), message: "1 of 4 calls failed", issues: ["a", "b"])
    let alerts = AlertRecord.Kind.allCases.flatMap { kind in
      [false, true].map { isResolved in
        AlertRecord(
          id: ledger.makeID(), at: time.wallClock(), component: "api", kind: kind, status: .unhealthy,
          previousStatus: .healthy, message: "api is unhealthy", isResolved: isResolved)
      }
    }
    ledger.record(.check(check))
    for alert in alerts { ledger.record(.alert(alert)) }
    try await ledger.flush()
    #expect(try await ledger.checks.recent(component: "api", limit: 10) == [check])
    #expect(try await ledger.checks.recentAlerts(component: nil, limit: 100) == alerts)
    #expect(try await ledger.checks.latestAlerts() == ["api": alerts.last])
    // A name that is escaped is read back as it was stored.
    let escaped = HealthCheckRecord(
      id: ledger.makeID(), at: time.wallClock(), component: "tenant 42", status: .degraded,
      previousStatus: nil, errorRate: 0, totalRequests: 0, failedRequests: 0, responseTime: .zero, message: ""
    )
    ledger.record(.check(escaped))
    try await ledger.flush()
    #expect(try await ledger.checks.latestStatuses() == ["api": .unhealthy, "tenant 42": .degraded])
  }

  private func totalsAgree() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    var generator = SplitMix64(seed: 7)
    let names: [ComponentName] = ["a", "b", "c"]
    for _ in 0..<500 {
      let name = names.randomElement(using: &generator) ?? "a"
      let action = RecoveryAction.allCases.randomElement(using: &generator) ?? .retry
      let outcome = RecoveryRecord.Outcome.allCases.randomElement(using: &generator) ?? .failed
      ledger.record(.recovery(recovery(ledger, time, name, action, outcome)))
      time.advance(by: .seconds(Int.random(in: 0...60, using: &generator)))
    }
    try await ledger.flush()
    let all = try await ledger.recoveries.statistics(.all, component: nil)
    #expect(all.overall.totalRecoveries == 500)
    #expect(all.byAction.reduce(0) { $0 + $1.totals.total } == 500)
    #expect(all.byComponent.reduce(0) { $0 + $1.totals.total } == 500)
    #expect(all.byAction.reduce(0) { $0 + $1.totals.successful } == all.overall.successfulRecoveries)
    #expect(all.overall.avgDurationMs == 10)
    let one = try await ledger.recoveries.statistics(.all, component: "b")
    #expect(one.byComponent.map(\.component) == ["b"])
    #expect(one.overall.totalRecoveries == all.byComponent[1].totals.total)
  }

  private func rangesByTheMinute() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    let start = time.wallClock()
    // One recovery a minute over three hours.
    for _ in 0..<180 {
      ledger.record(.recovery(recovery(ledger, time, "a", .retry, .succeeded)))
      time.advance(by: .seconds(60))
    }
    try await ledger.flush()
    func count(_ since: Int, _ until: Int) async throws -> Int64 {
      let range = LedgerRange(since: start + .seconds(since), until: start + .seconds(until))
      return try await ledger.recoveries.statistics(range, component: nil).overall.totalRecoveries
    }
    #expect(try await count(0, 60) == 1)
    #expect(try await count(30, 60) == 1)
    #expect(try await count(59, 61) == 2)
    #expect(try await count(600, 3600) == 50)
    #expect(try await count(600, 9_000) == 140)
    #expect(try await count(0, 86_400) == 180)
    #expect(try await count(20_000, 30_000) == 0)
    let since = LedgerRange(since: start + .seconds(7_200))
    #expect(try await ledger.recoveries.statistics(since, component: nil).overall.totalRecoveries == 60)
  }

  private func callsAreCounted() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    for outcome in CallOutcome.allCases {
      for _ in 0...outcome.rawValue {
        ledger.record(
          CallSample(
            component: "api", outcome: outcome, durationNanoseconds: 2_000_000,
            endedAt: time.monotonicNanoseconds()))
      }
    }
    ledger.record(
      .sample(
        HealthSample(component: "api", at: time.wallClock(), outcome: .failure, duration: .milliseconds(6))))
    try await ledger.flush()
    let rates = try #require(try await ledger.samples.rates(.all, component: "api").first)
    #expect(rates.totalRequests == 4)
    #expect(rates.failedRequests == 3)
    #expect(rates.rejectedRequests == 3)
    #expect(rates.cancelledRequests == 4)
    #expect(rates.callerErrors == 5)
    #expect(rates.errorRate == 0.75)
    #expect(rates.avgResponseTimeMs == 3)
    #expect(rates.maxResponseTimeMs == 6)
    let samples = try await ledger.samples.recent(component: "api", limit: 100)
    #expect(samples.count == 16)
    #expect(samples.allSatisfy { $0.at == time.wallClock() && $0.counts.total == 1 })
  }

  private func metricsReset() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    let sample = { (outcome: CallOutcome) in
      CallSample(
        component: "api", outcome: outcome, durationNanoseconds: 1000, endedAt: time.monotonicNanoseconds())
    }
    ledger.record(sample(.failure))
    time.advance(by: .seconds(1))
    ledger.record(.metricsReset("api", at: time.wallClock()))
    time.advance(by: .seconds(1))
    ledger.record(sample(.success))
    try await ledger.flush()
    let rates = try #require(try await ledger.samples.rates(.all, component: nil).first)
    #expect(rates.totalRequests == 1)
    #expect(rates.failedRequests == 0)
    #expect(try await ledger.samples.recent(component: nil, limit: 10).count == 2)
    #expect(try await ledger.components.all().first?.epoch == 1)
  }

  private func forgetting() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    let sample = { (outcome: CallOutcome) in
      CallSample(
        component: "api", outcome: outcome, durationNanoseconds: 1000, endedAt: time.monotonicNanoseconds())
    }
    ledger.record(.component("other"))
    ledger.record(sample(.failure))
    ledger.record(.recovery(recovery(ledger, time, "api", .retry, .succeeded)))
    ledger.record(.breaker(BreakerSnapshot(component: "api", updatedAt: time.wallClock())))
    try await ledger.flush()
    let totals = try await ledger.recoveries.statistics(.all, component: nil)
    time.advance(by: .seconds(1))
    // It does not create an unknown component.
    for name: ComponentName in ["api", "nobody"] {
      ledger.record(.forgotten(name, id: ledger.makeID(), at: time.wallClock(), actor: "ops"))
    }
    func expectForgotten() async throws {
      try await ledger.flush()
      #expect(try await ledger.components.all().map(\.name) == ["other"])
      #expect(try await ledger.components.find("api") == nil)
      #expect(try await ledger.components.find("other")?.name == "other")
      #expect(try await ledger.breakers.all().isEmpty)
      #expect(try await ledger.samples.windows(component: "api").isEmpty)
      #expect(try await ledger.samples.rates(.all, component: "api").isEmpty)
      #expect(try await ledger.recoveries.statistics(.all, component: nil) == totals)
      #expect(try await ledger.recoveries.recent(.all, component: "api", limit: 9).count == 1)
    }
    try await expectForgotten()
    ledger.record(.breaker(BreakerSnapshot(component: "api", updatedAt: time.wallClock())))
    try await expectForgotten()
    ledger.record(.component("api"))
    time.advance(by: .seconds(1))
    ledger.record(sample(.success))
    try await ledger.flush()
    #expect(try await ledger.components.all().map(\.name) == ["api", "other"])
    #expect(try await ledger.breakers.all().isEmpty)
    let rates = try #require(try await ledger.samples.rates(.all, component: "api").first)
    #expect(rates.totalRequests == 1 && rates.failedRequests == 0)
    #expect(try await ledger.samples.recent(component: "api", limit: 9).count == 2)
  }

  private func windowsByTime() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    for second in 0..<6 {
      for name: ComponentName in second < 3 ? ["a", "b"] : ["a"] {
        ledger.record(
          .sample(HealthSample(component: name, at: time.wallClock(), outcome: .success, duration: .zero)))
      }
      time.advance(by: .seconds(10))
    }
    try await ledger.flush()
    let since = time.wallClock() + .seconds(-30)
    let recent = try await ledger.samples.windows(since: since, component: nil)
    #expect(recent.map(\.component) == ["a", "a", "a"])
    #expect(recent.allSatisfy { $0.start >= since && $0.successes == 1 })
    #expect(try await ledger.samples.windows(since: since, component: "b").isEmpty)
    #expect(try await ledger.samples.windows(component: nil).count == 9)
  }

  private func breakerSnapshots() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    var snapshot = BreakerSnapshot(component: "api", updatedAt: time.wallClock())
    snapshot.revision = 2
    snapshot.state = .open
    snapshot.failureCount = 5
    snapshot.consecutiveTrips = 2
    snapshot.windowCalls = 100
    snapshot.windowFailures = 40
    snapshot.windowSlowCalls = 7
    snapshot.probeRounds = 1
    snapshot.trippedAt = time.wallClock()
    snapshot.openUntil = time.wallClock() + .seconds(60)
    snapshot.openFor = .seconds(60)
    snapshot.tripErrorID = ledger.makeID()
    snapshot.lastFailureAt = time.wallClock()
    snapshot.override = CircuitOverride(
      kind: .forcedOpen, actor: "ops", reason: "maintenance", expiresAt: time.wallClock() + .seconds(5))
    let transition = BreakerTransitionRecord(
      id: ledger.makeID(), at: time.wallClock(), component: "api", from: .closed, to: .open,
      reason: "failure_threshold", failureCount: 5, consecutiveTrips: 1, openUntil: snapshot.openUntil,
      errorID: snapshot.tripErrorID, actor: "a", note: "n")
    var older = BreakerSnapshot(component: "api", updatedAt: time.wallClock())
    older.revision = 1
    ledger.record(.transition(transition, snapshot))
    ledger.record(.breaker(older))
    try await ledger.flush()
    // Nor does it matter whether the later one has been written already.
    ledger.record(.breaker(older))
    try await ledger.flush()
    // The revision orders what one process records; it is not stored.
    var stored = try #require(try await ledger.breakers.all().first)
    stored.revision = snapshot.revision
    #expect(stored == snapshot)
    #expect(try await ledger.breakers.transitions(component: "api", limit: 5) == [transition])
  }

  private func breakerVersions() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    var revision: UInt64 = 0
    func record(
      _ state: CircuitState, version stateVersion: Int64, _ override: CircuitOverride.Kind?,
      version overrideVersion: Int64
    ) async throws -> BreakerSnapshot? {
      revision += 1
      var snapshot = BreakerSnapshot(component: "api", updatedAt: time.wallClock())
      snapshot.revision = revision
      (snapshot.state, snapshot.stateVersion) = (state, stateVersion)
      snapshot.override = override.map { CircuitOverride(kind: $0, actor: "ops", reason: "test") }
      snapshot.overrideVersion = overrideVersion
      let transition = BreakerTransitionRecord(
        id: ledger.makeID(), at: time.wallClock(), component: "api", from: .closed, to: state,
        reason: "test", failureCount: 0, consecutiveTrips: 0)
      ledger.record(.transition(transition, snapshot))
      // Both ways: put together in one queue, and over one that has been written.
      if revision.isMultiple(of: 2) { try await ledger.flush() }
      try await ledger.flush()
      return try await ledger.breakers.all().first
    }
    var stored = try await record(.closed, version: 3, .forcedOpen, version: 10)
    #expect(stored?.state == .closed && stored?.override?.kind == .forcedOpen)
    // A trip by a process that has not read the override.
    stored = try await record(.open, version: 11, nil, version: 0)
    #expect(stored?.state == .open && stored?.override?.kind == .forcedOpen)
    #expect(stored?.stateVersion == 11 && stored?.overrideVersion == 10)
    // An override by a process that has not read the trip.
    stored = try await record(.closed, version: 3, .forcedClosed, version: 12)
    #expect(stored?.state == .open && stored?.override?.kind == .forcedClosed)
    // Late rows of either process.
    stored = try await record(.halfOpen, version: 9, .forcedOpen, version: 11)
    #expect(stored?.state == .open && stored?.override?.kind == .forcedClosed)
    // A reset is later than both.
    stored = try await record(.closed, version: 13, nil, version: 13)
    #expect(stored?.state == .closed && stored?.override == nil)
  }

  /// Eight threads change a circuit in every way.
  private func unusualBreakers() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    let names: [ComponentName] = ["closed", "forced", "half", "lapsed", "open"]
    for name in names {
      var breaker = BreakerSnapshot(component: name, updatedAt: time.wallClock())
      switch name {
      case "open": breaker.state = .open
      case "half": breaker.state = .halfOpen
      case "forced": breaker.override = CircuitOverride(kind: .forcedClosed, actor: "ada", reason: "test")
      case "lapsed":
        breaker.override = CircuitOverride(
          kind: .forcedOpen, actor: "ada", reason: "test", expiresAt: time.wallClock())
      default: break
      }
      let id = ledger.makeID()
      breaker.stateVersion = id.rawValue
      breaker.overrideVersion = id.rawValue
      ledger.record(
        .transition(
          BreakerTransitionRecord(
            id: id, at: time.wallClock(), component: name, from: .closed, to: breaker.state, reason: "test",
            failureCount: 0, consecutiveTrips: 0), breaker))
    }
    ledger.record(.component("plain"))
    ledger.record(.forgotten("open", id: ledger.makeID(), at: time.wallClock(), actor: nil))
    try await ledger.flush()
    let all = try await ledger.breakers.all()
    let unusual = try await ledger.breakers.unusual().sorted { $0.component < $1.component }
    #expect(unusual.map(\.component) == ["forced", "half", "lapsed"])
    #expect(unusual == all.filter { $0.component != "closed" })
    #expect(try await ledger.breakers.names() == ["closed", "forced", "half", "lapsed"])
  }

  private func transitionOrder() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    let breaker = CircuitBreakerOptions(
      failureThreshold: 1, successThreshold: 1, openDuration: .milliseconds(1))
    let policy = ComponentPolicy(retry: nil, breaker: breaker)
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy, time: time)
    let component = engine.component("api")
    let rounds = 400
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<8 {
        group.addTask {
          for round in 0..<rounds {
            switch (thread + round) % 6 {
            case 0, 1: component.report(.failure)
            case 2: component.resetBreaker(actor: "t\(thread)")
            case 3:
              time.advance(by: .milliseconds(1))
              try? await component.execute("probe") {}
            case 4:
              try? component.force(CircuitOverride(kind: .forcedClosed, actor: "t\(thread)", reason: "test"))
              try? component.liftOverride(actor: "t\(thread)")
            default: _ = try? engine.setPolicy(policy, of: "api")
            }
          }
        }
      }
    }
    try await ledger.flush()
    let rows = try await ledger.breakers.transitions(component: "api", limit: .max)
    #expect(rows.count > rounds && rows.count < 10_000)
    // By id, and by place in the feed.
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.id < $1.id })
    let events = try await ledger.feed.events(after: 0, limit: .max)
    let followed = events.compactMap { event -> LedgerID? in
      guard case .transition(let transition) = event.event else { return nil }
      return transition.id
    }
    #expect(followed == rows.map(\.id))
    var state = CircuitState.closed
    for (index, row) in rows.enumerated() {
      try #require(row.from == state, "row \(index) of \(rows.count), \(row.reason)")
      state = row.to
    }
    #expect(component.breakerSnapshot()?.state == state)
    let stored = try #require(try await ledger.breakers.all().first)
    #expect(stored.state == state && stored.override == nil)
  }

  private func clockSetBack() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    let day = Duration.seconds(86_400)
    time.jumpWall(by: day * 3_650)
    func call(_ outcome: CallOutcome) {
      ledger.record(
        CallSample(
          component: "api", outcome: outcome, durationNanoseconds: 1_000, endedAt: time.monotonicNanoseconds()
        ))
    }
    for _ in 0..<60 {
      call(.failure)
      time.advance(by: .seconds(10))
      try await ledger.flush()
    }
    for _ in 0..<1_500 {
      ledger.record(.recovery(recovery(ledger, time, "api", .retry, .succeeded)))
      time.advance(by: .seconds(60))
    }
    let last = recovery(ledger, time, "api", .retry, .succeeded)
    ledger.record(.recovery(last))
    try await ledger.flush()
    time.jumpWall(by: day * -3_650)
    let start = time.wallClock()
    for _ in 0..<3 {
      call(.success)
      ledger.record(.recovery(recovery(ledger, time, "api", .fallback, .failed)))
      time.advance(by: .seconds(60))
      try await ledger.flush()
    }
    let present = try await ledger.samples.windows(component: "api").filter {
      !$0.start.isAhead(of: time.wallClock())
    }
    #expect(present.reduce(0) { $0 + $1.successes } == 3 && present.allSatisfy { $0.failures == 0 })
    let range = LedgerRange(since: start, until: time.wallClock())
    #expect(try await ledger.recoveries.statistics(range, component: nil).overall.failedRecoveries == 3)
    #expect(
      try await ledger.recoveries.recent(.all, component: "api", limit: 4).map(\.action)
        == [.retry, .fallback, .fallback, .fallback])
  }

  private func recentIsLimited() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    let records = (0..<20).map { _ in recovery(ledger, time, "a", .fallback, .succeeded) }
    for record in records { ledger.record(.recovery(record)) }
    try await ledger.flush()
    #expect(try await ledger.recoveries.recent(.all, component: "a", limit: 3) == records.suffix(3))
    #expect(try await ledger.recoveries.recent(.all, component: "b", limit: 3).isEmpty)
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 0).isEmpty)
  }

  private func feedFollows() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    #expect(try await ledger.feed.lastPosition() == 0)
    // Ids are given out before rows are recorded, and not in the same order.
    let ids = (0..<6).map { _ in ledger.makeID() }
    let error = ErrorContext(
      id: ids[4], at: time.wallClock(), component: "api", operation: "get",
      classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: "m")
    var snapshot = BreakerSnapshot(component: "api", updatedAt: time.wallClock())
    snapshot.revision = 1
    let transition = BreakerTransitionRecord(
      id: ids[3], at: time.wallClock(), component: "api", from: .closed, to: .open, reason: "reset",
      failureCount: 1, consecutiveTrips: 1)
    let check = HealthCheckRecord(
      id: ids[2], at: time.wallClock(), component: "api", status: .degraded, errorRate: 0, totalRequests: 0,
      failedRequests: 0, responseTime: .zero, message: "slow")
    let alert = AlertRecord(
      id: ids[1], at: time.wallClock(), component: "api", kind: .raised, status: .critical,
      previousStatus: nil, message: "api is critical")
    var record = recovery(ledger, time, "api", .retry, .succeeded)
    record.id = ids[0]
    let entries: [LedgerEntry] = [
      .error(error), .transition(transition, snapshot), .check(check), .alert(alert), .recovery(record),
    ]
    for entry in entries {
      ledger.record(entry)
      try await ledger.flush()
    }
    // An entry that is not an event has no position.
    ledger.record(.component("other"))
    ledger.record(.breaker(snapshot))
    try await ledger.flush()
    let events = try await ledger.feed.events(after: 0, limit: 100)
    #expect(
      events.map(\.event) == [
        .error(error), .transition(transition), .check(check), .alert(alert), .recovery(record),
      ])
    #expect(events.map(\.position) == events.map(\.position).sorted())
    let last = try #require(events.last)
    #expect(try await ledger.feed.lastPosition() == last.position)
    #expect(try await ledger.feed.events(after: events[1].position, limit: 2) == Array(events[2...3]))
    #expect(try await ledger.feed.events(after: last.position, limit: 2).isEmpty)
  }

  private func recordedTwice() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    let record = recovery(ledger, time, "a", .retry, .succeeded)
    let error = ErrorContext(
      id: ledger.makeID(), at: time.wallClock(), component: "a", operation: "op",
      classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: "m")
    for _ in 0..<2 {
      ledger.record(.recovery(record))
      ledger.record(.error(error))
      ledger.record(.recovery(record))
      ledger.record(.error(error))
      try await ledger.flush()
    }
    #expect(try await ledger.recoveries.statistics(.all, component: nil).overall.totalRecoveries == 1)
    #expect(try await ledger.recoveries.recent(.all, component: nil, limit: 9) == [record])
    #expect(try await ledger.errors.recent(component: nil, limit: 9) == [error])
  }

  private func secretsAreRemoved() async throws {
    let time = VirtualTime()
    let ledger = try make(time)
    let secret = "hunter2hunter2"
    let error = ErrorContext(
      id: ledger.makeID(), at: time.wallClock(), component: "db", operation: "connect",
      classification: ErrorClassification(category: .network, rule: "r"), type: "T",
      message: "cannot reach postgres://app:\(secret)@db/orders", metadata: ["password": secret])
    let recovery = RecoveryRecord(
      id: ledger.makeID(), at: time.wallClock(), component: "db", operation: "connect", action: .retry,
      outcome: .failed, attempts: 1, duration: .zero, message: "password=\(secret)",
      metadata: ["api_key": secret])
    ledger.record(.error(error))
    ledger.record(.recovery(recovery))
    try await ledger.flush()
    let stored = try #require(try await ledger.errors.find(error.id))
    let storedRecovery = try #require(
      try await ledger.recoveries.recent(.all, component: nil, limit: 1).first)
    #expect(!"\(stored) \(storedRecovery)".contains(secret))
  }
}
