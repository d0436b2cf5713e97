import Healing
import HealingTestSupport
import HealingTesting
import Testing

@testable import HealingSQLite

/// The incidents of random scripts equal those that an oracle computes from the script's own list, without SQL.
@Suite struct IncidentOracleTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Scripts of one ledger: each begins 40 days after the one before.
  private static let scriptsPerLedger = 25

  /// `make test` runs a share of 1,000 scripts; `make test-incidents` runs them all.
  @Test func `the incidents of a random script are those that an oracle finds minute by minute`() async throws
  {
    let seeds = Sweep.share(of: Array(0..<1_000), every: 80)
    for start in stride(from: 0, to: seeds.count, by: Self.scriptsPerLedger) {
      let some = seeds[start..<min(start + Self.scriptsPerLedger, seeds.count)]
      try await compare(Array(some), in: folder.path("\(start).db"))
    }
  }

  /// Deletes all rows that retention may delete, and keeps the sums by the minute.
  private func prune(_ path: String, now: Timestamp) throws {
    let minute = Duration.seconds(60)
    var pruner = Pruner(
      RetentionOptions(
        samples: minute, errors: minute, recoveries: minute, checks: minute, events: minute, minutes: nil,
        hours: nil, maxBytes: nil))
    let connection = try Connection(path: path, mode: .readWrite)
    try pruner.begin(connection)
    while let slice = try pruner.next(connection, now: now) { try pruner.run(slice, connection, now: now) }
    // The last row of a table stays.
    for table in ["error", "rejected_call", "health_sample"] {
      #expect(try connection.integer("SELECT count(*) FROM \(table)") == 1)
    }
  }

  private func compare(_ seeds: [Int], in path: String) async throws {
    let time = VirtualTime()
    var scripts: [(seed: Int, script: IncidentScript)] = []
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(retention: nil), time: time)
    for seed in seeds {
      let script = IncidentScript(seed: UInt64(seed), start: time.wallClock() + .seconds(40 * 86_400))
      script.record(in: ledger, time)
      try await ledger.flush()
      scripts.append((seed, script))
    }
    // Rows of no script, which retention keeps as the last ones.
    time.advance(by: .seconds(40 * 86_400))
    ledger.record(
      .sample(HealthSample(component: "api", at: time.wallClock(), outcome: .success, duration: .zero)))
    ledger.record(
      .error(
        ErrorContext(
          id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get",
          classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: "down")))
    ledger.record(
      .rejection(
        RejectedCall(
          id: ledger.makeID(), at: time.wallClock(), component: "api", operation: "get", reason: .circuit)))
    try await ledger.close()
    var unpruned: [String: [Incident]] = [:]
    for isPruned in [false, true] {
      if isPruned { try prune(path, now: time.wallClock() + .seconds(86_400)) }
      let reader = try SQLiteLedgerReader(path: path)
      for (seed, script) in scripts {
        var random = SplitMix64(seed: UInt64(seed) &+ 7)
        for rules in [IncidentRules(), IncidentRules.random(&random)] {
          for now in [script.end, script.randomTime(&random)] {
            let range = LedgerRange(since: script.start, until: script.end)
            let found = try await reader.incidents(range, rules: rules, now: now).incidents
            let expected = IncidentOracle(script, rules, now: now, hasRows: !isPruned).incidents
            #expect(
              found.map(\.comparable) == expected.map(\.comparable),
              "seed \(seed), \(rules), now \(now), pruned \(isPruned)")
            #expect(found.map(\.isOngoing) == expected.map(\.isOngoing), "seed \(seed)")
            let key = "\(seed) \(rules) \(now)"
            if !isPruned { unpruned[key] = found.map(\.toTheMinute) }
            #expect(found.map(\.toTheMinute) == unpruned[key], "seed \(seed)")
          }
        }
      }
    }
  }
}

extension Incident {
  /// The incident as a ledger without rows has it.
  fileprivate var toTheMinute: Incident {
    func minute(_ at: Timestamp) -> Timestamp {
      Timestamp(microseconds: at.microseconds / 60_000_000 * 60_000_000)
    }
    var incident = self
    incident.startedAt = minute(startedAt)
    for index in incident.members.indices {
      incident.members[index].startedAt = minute(incident.members[index].startedAt)
      incident.members[index].isExact = false
    }
    incident.members = incident.members.inOrder
    return incident
  }
}

extension [Incident.Member] {
  /// Those that belong to the incident first, by their start, then by name.
  fileprivate var inOrder: [Incident.Member] {
    sorted {
      ($0.isMember ? 0 : 1, $0.startedAt, $0.component.text) < (
        $1.isMember ? 0 : 1, $1.startedAt, $1.component.text
      )
    }
  }
}

extension IncidentRules {
  fileprivate static func random(_ random: inout SplitMix64) -> IncidentRules {
    IncidentRules(
      threshold: Double(Int.random(in: 0...30, using: &random)) / 100,
      minFailures: .random(in: 3...6, using: &random),
      quiet: .seconds(60 * Int.random(in: 0...8, using: &random)),
      longest: .seconds(60 * Int.random(in: 5...120, using: &random)),
      joinsComponents: Bool.random(using: &random))
  }
}

extension Incident {
  /// One line for each member, so that a difference is readable.
  fileprivate var comparable: [String] {
    members.map {
      """
      \(id) \(startedAt) \(endedAt) chained \(isChained) after \(previousID ?? "-"): \($0.component.text) \
      \($0.isMember) \($0.startedAt) \($0.endedAt) exact \($0.isExact) bad \($0.badMinutes) failures \($0.failures) \
      successes \($0.successes) rejected \($0.rejected)
      """
    }
  }
}

/// Four hours of four components and an alert's channel: calls by the second, and changes of circuits.
struct IncidentScript {
  /// The calls of a component that end in the same instant.
  struct Calls {
    var failures = 0
    var successes = 0
    var rejected = 0

    /// How the executions of these calls ended. Components differ, so that retries help one and harm another.
    func ended(of component: ComponentName) -> ExecutionCounts {
      var ended = ExecutionCounts()
      let failed = Int64(failures)
      let (extra, saved): (Int64, Int64) =
        switch component.text {
        case "orders_db": (failed, 0)
        case "api": (failed / 2, failed / 4)
        case "cache": (failed, failed / 6)
        default: (0, 0)
        }
      ended.extraAttempts = extra
      ended.rejected = Int64(rejected)
      ended.saved = saved
      ended.degraded = failed / 6
      ended.lost = max(0, failed - extra - saved)
      ended.undone = failed / 5
      ended.interrupted = failed / 7
      return ended
    }
  }
  enum Event {
    case calls(Calls)
    case circuit(CircuitState, until: Timestamp?)
  }

  static let minutes = 240
  let start: Timestamp
  var end: Timestamp { start + .seconds(60 * Self.minutes + 1_200) }
  /// In the order of time.
  let events: [(at: Timestamp, component: ComponentName, event: Event)]

  init(seed: UInt64, start: Timestamp) {
    var random = SplitMix64(seed: seed)
    let whole = Timestamp(microseconds: start.microseconds / 60_000_000 * 60_000_000)
    self.start = whole
    var events: [(at: Timestamp, component: ComponentName, event: Event)] = []
    for component in ["orders_db", "api", "mail", "cache", "alert.pager"] as [ComponentName] {
      // Some components are called every minute, some only now and then.
      let traffic: Double = [1.0, 0.5, 0.08].randomElement(using: &random) ?? 1
      var bad: [ClosedRange<Int>] = []
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let first = Int.random(in: 0..<Self.minutes - 40, using: &random)
        bad.append(first...first + Int.random(in: 0...39, using: &random))
      }
      for minute in 0..<Self.minutes where Double.random(in: 0..<1, using: &random) < traffic {
        let isBad = bad.contains { $0.contains(minute) }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          var calls = Calls()
          calls.failures = Int.random(in: isBad ? 0...6 : 0...1, using: &random)
          if !isBad || Bool.random(using: &random) { calls.successes = .random(in: 0...40, using: &random) }
          if isBad && Int.random(in: 0..<6, using: &random) == 0 {
            calls.rejected = .random(in: 1...4, using: &random)
          }
          let at = Int64(minute) * 60_000_000 + Int64.random(in: 0..<60_000_000, using: &random)
          events.append((whole + .microseconds(at), component, .calls(calls)))
        }
      }
      Self.addTrips(&events, component, whole, &random)
    }
    self.events = events.enumerated().sorted { ($0.1.at, $0.0) < ($1.1.at, $1.0) }.map { $0.1 }
  }

  /// Trips with probes that fail, succeed or never come.
  private static func addTrips(
    _ events: inout [(at: Timestamp, component: ComponentName, event: Event)], _ component: ComponentName,
    _ start: Timestamp, _ random: inout SplitMix64
  ) {
    var at = start
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      at = at + .microseconds(Int64.random(in: 60_000_000...4_000_000_000, using: &random))
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let wait = Duration.microseconds(Int64.random(in: 0...200_000_000, using: &random))
        events.append((at, component, .circuit(.open, until: at + wait)))
        at = at + wait + .microseconds(Int64.random(in: 0...900_000_000, using: &random))
        if Int.random(in: 0..<5, using: &random) == 0 { break }
        events.append((at, component, .circuit(.halfOpen, until: nil)))
        at = at + .microseconds(Int64.random(in: 0...500_000_000, using: &random))
      }
      if Int.random(in: 0..<4, using: &random) > 0 {
        events.append((at, component, .circuit(.closed, until: nil)))
      }
    }
  }

  /// The type of the errors at a time: another one every 15 minutes.
  func fault(_ at: Timestamp) -> String {
    ((at.microseconds - start.microseconds) / 900_000_000).isMultiple(of: 2) ? "T0" : "T1"
  }

  func randomTime(_ random: inout SplitMix64) -> Timestamp {
    start + .seconds(Int64.random(in: 600..<Int64(60 * Self.minutes), using: &random))
  }

  /// Records the events, each at its time.
  func record(in ledger: SQLiteLedger, _ time: VirtualTime) {
    for (at, component, event) in events {
      time.advance(by: at - time.wallClock())
      switch event {
      case .calls(let calls):
        var counts = CallCounts()
        for _ in 0..<calls.failures { counts.add(.failure, microseconds: 1_000) }
        for _ in 0..<calls.successes { counts.add(.success, microseconds: 1_000) }
        for _ in 0..<calls.rejected { counts.add(.rejected, microseconds: 0, rejection: .circuit) }
        guard counts.total > 0 else { continue }
        var sample = HealthSample(component: component, at: at, counts: counts)
        sample.executions = calls.ended(of: component)
        ledger.record(.sample(sample))
        if calls.failures > 0 {
          ledger.record(
            .error(
              ErrorContext(
                id: ledger.makeID(), at: at, component: component, operation: "get",
                classification: ErrorClassification(category: .network, rule: "r"), type: fault(at),
                message: "down",
                occurrences: calls.failures)))
        }
        if calls.rejected > 0 {
          ledger.record(
            .rejection(
              RejectedCall(
                id: ledger.makeID(), at: at, component: component, operation: "get", reason: .circuit)))
        }
      case .circuit(let state, let until):
        var snapshot = BreakerSnapshot(component: component, updatedAt: at)
        snapshot.state = state
        snapshot.openUntil = until
        let id = ledger.makeID()
        snapshot.stateVersion = id.rawValue
        ledger.record(
          .transition(
            BreakerTransitionRecord(
              id: id, at: at, component: component, from: .closed, to: state, reason: "script",
              failureCount: 1,
              consecutiveTrips: 1, openUntil: until), snapshot))
      }
    }
    time.advance(by: end - time.wallClock())
  }
}

/// Computes the incidents of a script from its list of events, minute by minute, as docs/incidents.md defines them.
struct IncidentOracle {
  private(set) var incidents: [Incident] = []

  private struct Minute {
    var failures = 0
    var successes = 0
    var rejected = 0
    /// Whether the circuit was not closed at some instant of the minute.
    var isOpen = false
    var isBad = false
    /// Whether the minute lies in a row of minutes whose attempts all failed: no hole ends an episode there.
    var isBridged = false
  }
  private struct Episode {
    let component: ComponentName
    /// Numbers of the first and the last minute.
    let first: Int
    let last: Int
    let member: Incident.Member
  }

  private let script: IncidentScript
  private let rules: IncidentRules
  private let now: Timestamp
  private let hasRows: Bool

  init(_ script: IncidentScript, _ rules: IncidentRules, now: Timestamp, hasRows: Bool) {
    (self.script, self.rules, self.now, self.hasRows) = (script, rules, now, hasRows)
    var episodes: [Episode] = []
    for component in Set(script.events.map(\.component)) { episodes += self.episodes(of: component) }
    let members = episodes.filter { !$0.component.text.hasPrefix("alert.") }
    let others = episodes.filter { $0.component.text.hasPrefix("alert.") }
    for group in groups(of: members) { incidents += split(group, others) }
    incidents.sort {
      ($0.id.prefix(10), Self.minute(of: $0), $0.firstComponent.text) < (
        $1.id.prefix(10), Self.minute(of: $1), $1.firstComponent.text
      )
    }
  }

  private static func minute(of incident: Incident) -> Substring { incident.id.suffix(4) }

  private func number(_ at: Timestamp) -> Int {
    Int((at.microseconds - script.start.microseconds) / 60_000_000)
  }
  private func start(of minute: Int) -> Timestamp { script.start + .seconds(60 * minute) }

  // MARK: Minutes

  private func minutes(of component: ComponentName) -> [Minute] {
    var minutes = [Minute](repeating: Minute(), count: number(now) + 400)
    // Minutes that begin after now are not there yet; the one that now lies in is there with all of its calls.
    for (at, name, event) in script.events where name == component && start(of: number(at)) < now {
      guard case .calls(let calls) = event else { continue }
      minutes[number(at)].failures += calls.failures
      minutes[number(at)].successes += calls.successes
      minutes[number(at)].rejected += calls.rejected
    }
    markOpen(&minutes, component)
    for index in minutes.indices {
      let minute = minutes[index]
      let attempts = minute.failures + minute.successes
      let isOver =
        minute.failures * 10_000 >= Int((rules.threshold * 10_000).rounded()) * attempts
        && minute.failures >= Int(rules.minFailures)
      minutes[index].isBad = isOver || minute.rejected > 0 || minute.isOpen
    }
    markRows(&minutes)
    return minutes
  }

  /// The numbers of the bad minutes of a component.
  func badMinutes(of component: ComponentName) -> Set<Int> {
    let minutes = minutes(of: component)
    return Set(minutes.indices.filter { minutes[$0].isBad })
  }

  private func markOpen(_ minutes: inout [Minute], _ component: ComponentName) {
    let changes = script.events.compactMap { at, name, event -> (Timestamp, CircuitState, Timestamp?)? in
      guard name == component, case .circuit(let state, let until) = event else { return nil }
      return (at, state, until)
    }
    for (index, (at, state, until)) in changes.enumerated() where state != .closed && at < now {
      let waitEnd = state == .open ? until ?? at + rules.quiet : at + rules.quiet
      let next = index + 1 < changes.count ? changes[index + 1].0 : now
      var instant = at
      minutes[number(at)].isOpen = true
      // By the second, and the last instant.
      while instant < min(waitEnd, next, now) {
        minutes[number(instant)].isOpen = true
        instant = instant + .seconds(1)
      }
      let end = min(waitEnd, next, now)
      if end > at { minutes[number(end + .microseconds(-1))].isOpen = true }
    }
  }

  /// Marks rows of three minutes with attempts that all failed, at most an hour apart from one to the next.
  private func markRows(_ minutes: inout [Minute]) {
    var row: [Int] = []
    func end(_ minutes: inout [Minute]) {
      guard row.count >= 3, let first = row.first, let last = row.last else { return }
      for index in row { minutes[index].isBad = true }
      for index in first...last { minutes[index].isBridged = true }
    }
    for index in minutes.indices where minutes[index].failures + minutes[index].successes > 0 {
      if minutes[index].successes > 0 {
        end(&minutes)
        row = []
      } else {
        if let last = row.last, index - last > 60 {
          end(&minutes)
          row = []
        }
        row.append(index)
      }
    }
    end(&minutes)
  }

  // MARK: Episodes

  private func episodes(of component: ComponentName) -> [Episode] {
    let minutes = minutes(of: component)
    let quiet = Int(rules.quiet.components.seconds / 60)
    var episodes: [Episode] = []
    var current: (first: Int, last: Int)?
    for index in minutes.indices where minutes[index].isBad || minutes[index].isBridged {
      if let open = current, index - open.last - 1 <= quiet {
        current = (open.first, index)
      } else {
        if let open = current { episodes.append(episode(component, open, minutes)) }
        current = (index, index)
      }
    }
    if let open = current { episodes.append(episode(component, open, minutes)) }
    return episodes
  }

  private func episode(_ component: ComponentName, _ range: (first: Int, last: Int), _ minutes: [Minute])
    -> Episode
  {
    let all = minutes[range.first...range.last]
    // The ledger keeps only minutes with trouble at hand.
    let trouble = all.filter { $0.failures >= 3 || $0.rejected > 0 || ($0.failures > 0 && $0.successes == 0) }
    let firsts = script.events.filter { at, name, event in
      guard name == component, number(at) == range.first else { return false }
      switch event {
      case .calls(let calls): return hasRows && (calls.failures > 0 || calls.rejected > 0)
      case .circuit(let state, _): return state != .closed
      }
    }.map(\.at)
    let member = Incident.Member(
      component: component, isMember: !component.text.hasPrefix("alert."),
      startedAt: firsts.min() ?? start(of: range.first), endedAt: start(of: range.last + 1),
      isExact: !firsts.isEmpty, badMinutes: Int64(all.count(where: \.isBad)),
      failures: Int64(trouble.reduce(0) { $0 + $1.failures }),
      successes: Int64(trouble.reduce(0) { $0 + $1.successes }),
      rejected: Int64(trouble.reduce(0) { $0 + $1.rejected }))
    return Episode(component: component, first: range.first, last: range.last, member: member)
  }

  // MARK: Incidents

  /// Joins episodes that have a minute in common, until none has one with another group.
  private func groups(of episodes: [Episode]) -> [[Episode]] {
    guard rules.joinsComponents else { return episodes.map { [$0] } }
    var groups: [[Episode]] = []
    for episode in episodes {
      func touches(_ group: [Episode]) -> Bool {
        group.contains { $0.first <= episode.last && episode.first <= $0.last }
      }
      let joined = groups.filter(touches).flatMap(\.self) + [episode]
      groups = groups.filter { !touches($0) } + [joined]
    }
    return groups
  }

  private func split(_ group: [Episode], _ others: [Episode]) -> [Incident] {
    let longest = Int(rules.longest.components.seconds / 60)
    var incidents: [Incident] = []
    var rest = group.sorted { ($0.first, $0.component.text) < ($1.first, $1.component.text) }
    while let first = rest.first {
      let members = rest.filter { $0.first < first.first + longest }
      rest.removeAll { $0.first < first.first + longest }
      let lastStart = members.map(\.first).max() ?? 0
      let firstEnd = members.map(\.last).min() ?? 0
      let (begin, end) = (first.first, members.map(\.last).max() ?? 0)
      let told = others.filter { $0.first <= end && $0.last >= begin }
        .sorted { ($0.first, $0.component.text) < ($1.first, $1.component.text) }
      let endedAt = start(of: end + 1)
      incidents.append(
        Incident(
          id: Incident.id(of: first.component, at: start(of: first.first)), firstComponent: first.component,
          startedAt: members.map(\.member.startedAt).min() ?? start(of: begin), endedAt: endedAt,
          isOngoing: now < endedAt + rules.quiet, isProvisional: false, isChained: lastStart > firstEnd,
          previousID: incidents.last?.id, members: (members + told).map(\.member).inOrder))
    }
    return incidents
  }
}
