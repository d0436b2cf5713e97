import Healing
import HealingSQLite
import HealingTestSupport
import HealingTesting
import Synchronization
import Testing

/// A scripted outage under virtual time. Each figure of its draft is computed a second time from the script's own list of calls,
/// without SQL.
@Suite struct PostMortemOracleTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `each figure of a draft is that of the script's own list`() async throws {
    let script = try await ScriptedOutage(path: folder.path())
    try await script.run()
    let oracle = script.calls
    let start = script.start
    func minute(_ number: Int) -> Timestamp { start + .seconds(60 * number) }
    let reader = try SQLiteLedgerReader(path: folder.path(), readDeadline: nil)
    let now = script.time.wallClock()
    let id = try #require(try await reader.incidents(now: now).incidents.first?.id)
    #expect(id == "2026-01-01-db-0010")
    let draft = try #require(try await reader.postMortem(of: id, now: now, withUsers: true))
    let within = oracle.filter { $0.at >= minute(10) && $0.at < minute(20) }

    // The head and the members.
    #expect(draft.status == .ended && draft.merged.isEmpty && draft.coverage.coverage == 1)
    let begun = draft.components.compactMap { name in
      oracle.filter { $0.component == name && $0.hasTrouble }.map(\.at).min()
    }
    #expect(Set(draft.components) == ["db", "mail", "orders", "search"] && begun == begun.sorted())
    for member in draft.members {
      let failed = oracle.filter { $0.component == member.component && $0.hasTrouble }
      #expect(member.startedAt == failed.map(\.at).min() && member.startIsExact, "\(member.component)")
      #expect(member.lagSeconds == (member.startedAt - draft.times.started.at) / .seconds(1))
    }

    // The six times.
    let first = try #require(within.filter(\.hasTrouble).min { $0.at < $1.at })
    #expect(draft.times.started.at == first.at && draft.times.started.isExact)
    #expect(draft.times.started.source == "error" && draft.times.started.ref != nil)
    #expect(draft.times.tripped?.at == script.openedAt && draft.times.tripped?.component == "search")
    #expect(draft.times.told?.at == script.toldAt)
    #expect(draft.times.acted?.at == script.actedAt && draft.times.acted?.actor == "ana")
    #expect(draft.times.ended.at == minute(20))
    // The last minute in which a call of any member was not answered is the one before.
    let lastUnanswered = try #require(within.filter { !$0.isAnswered }.map(\.at).max())
    let mitigated = minute(Int((lastUnanswered - start) / .seconds(60)) + 1)
    #expect(draft.times.mitigated?.at == mitigated && mitigated == minute(18))
    #expect(draft.times.ttmSeconds == (mitigated - first.at) / .seconds(1))
    #expect(draft.times.ttrSeconds == (minute(20) - first.at) / .seconds(1))
    #expect(draft.times.ttdSeconds == (script.toldAt - first.at) / .seconds(1))
    #expect(draft.times.ttaSeconds == (script.actedAt - script.toldAt) / .seconds(1))

    // The impact.
    for impact in draft.impact {
      try expect(impact, equals: within.filter { $0.component == impact.component })
    }
    let ended = draft.totals.executions
    #expect(ended.troubled == Int64(within.count { $0.isTroubled }))
    let failing = within.filter(\.hasTrouble)
    #expect(draft.reach.requests == Int64(Set(failing.map(\.request)).count))
    #expect(draft.reach.users == Int64(Set(failing.map(\.user)).count))
    let unanswered = failing.filter { !$0.isAnswered }
    #expect(draft.reach.unansweredRequests == Int64(Set(unanswered.map(\.request)).count))
    #expect(draft.reach.unansweredUsers == Int64(Set(unanswered.map(\.user)).count))
    #expect(draft.users.map(\.requests).reduce(0, +) == draft.reach.requests)

    // The chart.
    for row in draft.minutes {
      let own = oracle.filter {
        $0.component == row.component && $0.at >= row.at && $0.at < row.at + .seconds(60)
      }
      #expect(row.attempts == own.sum { $0.attempts.count } && row.failures == own.sum { $0.failures })
      #expect(row.unanswered == Int64(own.count { !$0.isAnswered }), "\(row)")
    }

    // What recovery did.
    let db = within.filter { $0.component == "db" }
    let retries = try #require(draft.retries.first { $0.component == "db" })
    #expect(retries.extraAttempts == db.sum { max(0, $0.attempts.count - 1) })
    #expect(retries.saved == Int64(db.count { $0.isSaved }) && retries.saved == 8)
    #expect(retries.verdict == .madeWorse)
    let second = try #require(draft.attempts.first { $0.component == "db" && $0.attempt == 2 })
    #expect(second.tried == Int64(db.count { $0.attempts.count >= 2 }))
    #expect(second.won == Int64(db.count { $0.attempts == [false, true] }))

    // The opening was needless: the other program's calls were answered meanwhile.
    #expect(draft.openings.count == 1)
    let opening = try #require(draft.openings.first)
    let search = oracle.filter { $0.component == "search" }
    let closedAt = try #require(script.closedAt)
    #expect(opening.at == script.openedAt && opening.closedAt == closedAt && opening.verdict == .needless)
    #expect(opening.rejected == Int64(search.count { $0.isRejected }))
    #expect(opening.probesWon == 1 && opening.probesLost == 0)
    let before = search.filter { $0.at >= minute(11) && $0.at < minute(13) && !$0.isRejected }
    #expect(opening.attemptsBefore == Int64(before.count) && opening.failuresBefore == 5)
    let probe = try #require(search.first { $0.process == 1 && !$0.isRejected && $0.at > script.openedAt })
    let meanwhile = search.filter {
      $0.at >= script.openedAt + .seconds(1) && $0.at < probe.at && !$0.isRejected
    }
    #expect(opening.attemptsMeanwhile == Int64(meanwhile.count) && meanwhile.count >= 20)
    #expect(opening.failuresMeanwhile == 0)

    // The act of the operator.
    let act = try #require(draft.overrides.first)
    #expect(draft.overrides.count == 1 && act.at == script.actedAt && act.actor == "ana")
    let actMinute = Int((script.actedAt - start) / .seconds(60))
    func calls(_ range: Range<Int>) -> [ScriptedOutage.Call] {
      search.filter { $0.at >= minute(range.lowerBound) && $0.at < minute(range.upperBound) }
    }
    #expect(act.before.calls == Int64(calls(actMinute - 5..<actMinute).count))
    #expect(act.before.unanswered == Int64(calls(actMinute - 5..<actMinute).count { !$0.isAnswered }))
    #expect(act.after.calls == Int64(calls(actMinute + 1..<actMinute + 6).count))

    // The release: only the second one's calls failed.
    let release = try #require(draft.releases.first { $0.component == "db" })
    #expect(release.releaseA == "2026.1" && release.releaseB == "2026.2" && release.verdict == .accused)
    var (stretches, a, b, failuresB) = (0, 0, 0, 0)
    for number in 0..<20 {
      let own = oracle.filter {
        $0.component == "db" && $0.at >= minute(number) && $0.at < minute(number + 1)
      }
      let (one, two) = (own.filter { $0.process == 1 }, own.filter { $0.process == 2 })
      guard one.sum({ $0.attempts.count }) >= 30, two.sum({ $0.attempts.count }) >= 30 else { continue }
      stretches += 1
      a += Int(one.sum { $0.attempts.count })
      b += Int(two.sum { $0.attempts.count })
      failuresB += Int(two.sum { $0.failures })
    }
    #expect(
      release.stretches == Int64(stretches) && release.attemptsA == Int64(a) && release.attemptsB == Int64(b))
    #expect(release.failuresA == 0 && release.failuresB == Int64(failuresB))

    // How it spread: each error of the outer components refers to one of the inner one.
    for name in ["orders", "mail"] as [ComponentName] {
      let link = try #require(draft.members.first { $0.component == name }?.link)
      let own = within.filter { $0.component == name && $0.failures > 0 }
      #expect(link.errors == own.sum { $0.failures } && link.caused == link.errors)
      #expect(link.withRequest == link.errors && link.shared == link.errors)
    }
    // The faults, the timeline and the contributors.
    #expect(draft.faults.first?.component == "db")
    #expect(
      draft.faults.filter { $0.component == "db" }.map(\.occurrences).reduce(0, +) == db.sum { $0.failures })
    #expect(draft.contributors.contains { $0.kind == "release" && $0.text.contains("2026.2") })
    #expect(draft.timeline.count <= 30 && draft.timeline == draft.timeline.sorted { $0.at < $1.at })
    #expect(draft.timeline.contains { $0.actor == "ana" } && draft.timeline.contains { $0.kind == "peak" })
    #expect(draft.timeline.last?.kind == "ended")

    // As it was: minutes that began later are not there yet.
    let early = try #require(try await reader.postMortem(of: id, now: minute(15)))
    #expect(early.status == .ongoing && early.times.ttrSeconds == nil)
    for impact in early.impact {
      try expect(
        impact,
        equals: oracle.filter {
          $0.component == impact.component && $0.at >= minute(10) && $0.at < minute(15)
        })
    }
  }

  private func expect(_ impact: ComponentImpact, equals calls: [ScriptedOutage.Call]) throws {
    let name = "\(impact.component)"
    #expect(impact.attempts == calls.sum { $0.attempts.count }, "\(name)")
    #expect(impact.failures == calls.sum { $0.failures }, "\(name)")
    #expect(impact.extraAttempts == calls.sum { max(0, $0.attempts.count - 1) }, "\(name)")
    var ended = ExecutionTotals()
    ended.executions = Int64(calls.count { !$0.isRejected })
    ended.rejected = Int64(calls.count { $0.isRejected })
    ended.saved = Int64(calls.count { $0.isSaved })
    ended.degraded = Int64(calls.count { $0.end == .fallback })
    ended.lost = Int64(calls.count { $0.end == .failed })
    #expect(impact.executions == ended, "\(name)")
  }
}

extension [ScriptedOutage.Call] {
  fileprivate func sum(_ figure: (ScriptedOutage.Call) -> Int) -> Int64 {
    Int64(reduce(0) { $0 + figure($1) })
  }
}

/// Thirty minutes of two releases with four components: `db`, which `orders` and `mail` call, and `search`. From minute 10 to 18 each
/// call of `db` by the second release fails, until minute 20 only some first attempts do. In minute 12 five calls of
/// `search` by the first release fail and open its circuit, which the second release does not have.
final class ScriptedOutage {
  enum End { case answered, fallback, failed }
  struct Call {
    let process: Int
    let component: ComponentName
    let request: String
    let user: String
    let at: Timestamp
    var attempts: [Bool] = []
    var end = End.failed

    var failures: Int { attempts.count { !$0 } }
    var isRejected: Bool { attempts.isEmpty }
    var isAnswered: Bool { end != .failed }
    var isSaved: Bool { end == .answered && failures > 0 }
    var hasTrouble: Bool { failures > 0 || isRejected }
    var isTroubled: Bool { isSaved || end != .answered }
  }
  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }
  private struct Service {
    let number: Int
    let ledger: SQLiteLedger
    let db: Component
    let orders: Component
    let mail: Component
    let search: Component
  }

  let time = VirtualTime(jumps: false)
  let start: Timestamp
  private let path: String
  private(set) var calls: [Call] = []
  private(set) var openedAt = Timestamp(microseconds: 0)
  private(set) var closedAt: Timestamp?
  private(set) var toldAt = Timestamp(microseconds: 0)
  private(set) var actedAt = Timestamp(microseconds: 0)

  init(path: String) async throws {
    self.path = path
    start = time.wallClock()
  }

  private func open(_ number: Int) async throws -> Service {
    let options = SQLiteLedgerOptions(sampleDetail: .everyCall, errorRowsPerSecond: .max, retention: nil)
    let ledger = try SQLiteLedger(
      path: path, identity: ProcessIdentity(program: "shop", release: "2026.\(number)"), options: options,
      time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
    let retry = RetryOptions(maxAttempts: 3, initialDelay: .zero)
    let breaker = CircuitBreakerOptions(failureThreshold: 5, successThreshold: 1, openDuration: .seconds(30))
    return Service(
      number: number, ledger: ledger,
      db: try engine.component("db", policy: ComponentPolicy(retry: retry, breaker: nil)),
      orders: engine.component("orders"), mail: engine.component("mail"),
      search: try engine.component(
        "search", policy: ComponentPolicy(retry: nil, breaker: number == 1 ? breaker : nil)))
  }

  func run() async throws {
    let first = try await open(1)
    var second: Service?
    for tick in 0..<1_800 {
      let minute = tick / 60
      if tick == 300 { second = try await open(2) }
      for service in [first, second].compactMap(\.self) {
        // Calls of db: 35 a minute and process.
        let failing = service.number == 2 && (10..<18).contains(minute)
        let flaky = service.number == 2 && (18..<20).contains(minute) && tick % 60 < 12 && tick % 3 == 0
        if tick % 3 == 0 { await place(service, tick, fails: failing, flaky: flaky) }
        if tick % 4 == 1 { await send(service, tick, fails: failing) }
        let isBlip = minute == 12 && tick % 60 < 10
        if service.number == 2 || tick % 2 == 0 {
          await find(service, tick, fails: service.number == 1 && isBlip)
        }
      }
      if tick == 765 { alert(first) }
      if tick == 905 {
        actedAt = time.wallClock()
        try first.search.force(
          CircuitOverride(kind: .forcedClosed, actor: "ana", reason: "the vendor says it is up"))
      }
      time.advance(by: .seconds(1))
      if tick % 60 == 59 {
        try await first.ledger.flush()
        try await second?.ledger.flush()
      }
    }
    try await second?.ledger.close()
    try await first.ledger.close()
    let search = calls.filter { $0.component == "search" && $0.process == 1 && $0.at >= openedAt }
    closedAt = search.first { !$0.isRejected && $0.at > openedAt }?.at
  }

  private func alert(_ service: Service) {
    toldAt = time.wallClock()
    service.ledger.record(
      .alert(
        AlertRecord(
          id: service.ledger.makeID(), at: toldAt, component: "db", kind: .raised, status: .unhealthy,
          previousStatus: .healthy, message: "db is unhealthy")))
  }

  private func call(_ service: Service, _ component: ComponentName, _ tick: Int, _ kind: String) -> Call {
    Call(
      process: service.number, component: component, request: "\(kind)-\(service.number)-\(tick)",
      user: "u-\(tick % 7)", at: time.wallClock())
  }

  private func request(_ call: Call) -> RequestInfo {
    RequestInfo(requestID: call.request, userID: call.user)
  }

  /// A call of db that an outer call makes.
  private func query(_ service: Service, _ outer: Call, fails: Bool, flaky: Bool) async throws {
    var inner = Call(
      process: outer.process, component: "db", request: outer.request, user: outer.user, at: outer.at)
    let attempts = Lock<[Bool]>([])
    defer { calls.append(inner) }
    do {
      try await service.db.execute("query", request: request(outer)) {
        let isDown = attempts.withLock { list in
          let isDown = fails || (flaky && list.isEmpty)
          list.append(!isDown)
          return isDown
        }
        if isDown { throw Down() }
      }
      inner.end = .answered
      inner.attempts = attempts.withLock { $0 }
    } catch {
      inner.attempts = attempts.withLock { $0 }
      throw error
    }
  }

  private func place(_ service: Service, _ tick: Int, fails: Bool, flaky: Bool) async {
    var outer = call(service, "orders", tick, "order")
    let own = outer
    do {
      try await service.orders.execute("place", request: request(outer)) {
        try await query(service, own, fails: fails, flaky: flaky)
      }
      outer.attempts = [true]
      outer.end = .answered
    } catch {
      outer.attempts = [false]
    }
    calls.append(outer)
  }

  private func send(_ service: Service, _ tick: Int, fails: Bool) async {
    var outer = call(service, "mail", tick, "mail")
    let own = outer
    let value = try? await service.mail.execute(
      "send", fallbacks: [Fallback("later") { 0 }], request: request(outer)
    ) {
      try await query(service, own, fails: fails, flaky: false)
      return 1
    }
    outer.attempts = [!fails]
    outer.end = value == 1 ? .answered : value == 0 ? .fallback : .failed
    calls.append(outer)
  }

  private func find(_ service: Service, _ tick: Int, fails: Bool) async {
    var own = call(service, "search", tick, "find")
    let isMade = Lock(false)
    do {
      try await service.search.execute("find", request: request(own)) {
        isMade.withLock { $0 = true }
        if fails { throw Down() }
      }
      own.end = .answered
    } catch {
      own.end = .failed
    }
    if isMade.withLock({ $0 }) { own.attempts = [own.end == .answered] }
    // The fifth failure in a row opens the circuit.
    if own.failures > 0, calls.count(where: { $0.component == "search" && $0.failures > 0 }) == 4 {
      openedAt = own.at
    }
    calls.append(own)
  }
}
