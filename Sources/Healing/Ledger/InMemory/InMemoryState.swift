/// The contents of an ``InMemoryLedger``, as a pure value.
struct InMemoryState: Sendable {
  private struct RecoveryKey: Hashable {
    let component: ComponentName
    let action: RecoveryAction
  }
  private struct RecoverySums {
    var total: Int64 = 0
    var successful: Int64 = 0
    var attempts: Int64 = 0
    var durationSumMicroseconds: Int64 = 0
    var durationMaxMicroseconds: Int64 = 0

    mutating func add(_ other: RecoverySums) {
      total.addClamped(other.total)
      successful.addClamped(other.successful)
      attempts.addClamped(other.attempts)
      durationSumMicroseconds.addClamped(other.durationSumMicroseconds)
      durationMaxMicroseconds = max(durationMaxMicroseconds, other.durationMaxMicroseconds)
    }

    var totals: GroupTotals {
      GroupTotals(
        total: total, successful: successful, attempts: attempts,
        avgDurationMs: Double(durationSumMicroseconds) / 1000 / Double(max(1, total)),
        maxDurationMs: Double(durationMaxMicroseconds) / 1000)
    }
  }
  private struct Minute {
    var recoveries: [RecoveryKey: RecoverySums] = [:]
    var calls: [ComponentName: CallCounts] = [:]
    /// Attempts and outcomes, which a reset of metrics does not clear.
    var executions: [ComponentName: (attempts: Int64, counts: ExecutionCounts)] = [:]
    var rejections: [ComponentName: [RejectedOperation: Int64]] = [:]

    mutating func add(_ sample: HealthSample) {
      calls[sample.component, default: CallCounts()].add(sample.counts)
      executions[sample.component, default: (0, ExecutionCounts())].attempts.addClamped(
        sample.counts.successes.addingClamped(sample.counts.failures))
      var counts = sample.executions
      counts.corrections = []
      executions[sample.component, default: (0, ExecutionCounts())].counts.add(counts)
      for (rejected, calls) in sample.rejections {
        rejections[sample.component, default: [:]][rejected, default: 0].addClamped(calls)
      }
    }
  }

  private(set) var errors = BoundedRows<ErrorContext>()
  private(set) var samples = BoundedRows<HealthSample>()
  private(set) var checks = BoundedRows<HealthCheckRecord>()
  private(set) var alerts = BoundedRows<AlertRecord>()
  private(set) var recoveries = BoundedRows<RecoveryRecord>()
  private(set) var transitions = BoundedRows<BreakerTransitionRecord>()
  private(set) var rejectedCalls = BoundedRows<RejectedCall>()
  private(set) var policies = BoundedRows<StoredPolicy>()
  private(set) var latestPolicies: [ComponentName: [PolicyChange.Source: StoredPolicy]] = [:]
  private(set) var feed = BoundedRows<FeedEvent>()
  private(set) var breakers: [ComponentName: BreakerSnapshot] = [:]
  private(set) var components: [ComponentName: ComponentRecord] = [:]
  /// Components that were forgotten and did not become known again. Late rows do not make them known.
  private var forgotten: Set<ComponentName> = []
  private var allTime = Minute()
  /// The newest minutes, at most a day, by start in microseconds.
  private var minutes: [Int64: Minute] = [:]
  /// The starts in order of arrival: after the clock was set back, the current minutes must not be removed
  /// first.
  private var minuteStarts: [Int64] = []

  /// Each component's sliding window: the ten-second buckets of the last five minutes, by start in
  /// microseconds.
  private var windows: [ComponentName: [Int64: HealthWindowBucket]] = [:]

  private static let minutesKept = 1_440
  private static let windowBucket: Int64 = 10_000_000
  private static let windowBuckets: Int64 = 30

  /// Ids of at least the newest 100,000 history rows, so that an entry that is recorded twice becomes one row.
  private var ids: Set<LedgerID> = []
  private var olderIDs: Set<LedgerID> = []
  private static let idsKept = 100_000

  mutating func apply(_ entry: LedgerEntry, at now: Timestamp) {
    if let id = entry.rowID {
      guard !olderIDs.contains(id), ids.insert(id).inserted else { return }
      if ids.count >= Self.idsKept { (olderIDs, ids) = (ids, []) }
    }
    if let component = entry.component { know(component, at: now) }
    switch entry {
    case .component(let name):
      if forgotten.remove(name) != nil {
        beginAnew(name)
        know(name, at: now)
      }
    case .error(let error):
      errors.append(error)
      if error.severity == .critical {
        inWindow(of: error.component, at: error.at, now: now) {
          $0.criticalErrors.addClamped(Int64(max(1, error.occurrences)))
        }
      }
    case .sample(let sample):
      if sample.counts.total > 0 { samples.append(sample) }
      allTime.add(sample)
      inMinute(of: sample.at) { $0.add(sample) }
      for corrections in sample.executions.corrections {
        correct(sample.component, corrections, from: sample.at)
      }
      if sample.counts.total > 0 {
        inWindow(of: sample.component, at: sample.at, now: now) { $0.add(sample.counts) }
      }
    case .rejection(let call): rejectedCalls.append(call)
    case .policy(let change): keep(change)
    case .check(let check): checks.append(check)
    case .alert(let alert): alerts.append(alert)
    case .recovery(let recovery):
      recoveries.append(recovery)
      let key = RecoveryKey(component: recovery.component, action: recovery.action)
      let count = Int64(max(1, recovery.occurrences))
      let sums = RecoverySums(
        total: count, successful: recovery.success ? count : 0, attempts: Int64(recovery.attempts),
        durationSumMicroseconds: recovery.duration.microseconds,
        durationMaxMicroseconds: (recovery.longest ?? recovery.duration).microseconds)
      allTime.recoveries[key, default: RecoverySums()].add(sums)
      inMinute(of: recovery.at) { $0.recoveries[key, default: RecoverySums()].add(sums) }
    case .breaker(let snapshot): keep(snapshot)
    case .transition(let transition, let snapshot):
      keep(snapshot)
      transitions.append(transition)
    case .metricsReset(let name, let at):
      components[name]?.epoch.addClamped(1)
      components[name]?.epochStartedAt = at
      beginAnew(name)
    case .forgotten(let name, _, _, _):
      forgotten.insert(name)
      components[name] = nil
      breakers[name] = nil
      if latestPolicies[name] != nil {
        keep(PolicyChange(component: name, at: now, text: PolicyText(json: "{}"), source: .forgotten))
      }
      beginAnew(name)
    // A ledger in memory has no incidents.
    case .recoveryStarted, .recoveryEnded, .note, .unprotectedCalls: break
    }
    if let event = entry.event { follow(event) }
  }

  /// Begins a new metrics epoch of a component: drops its calls, rejections and window.
  private mutating func beginAnew(_ name: ComponentName) {
    allTime.calls[name] = nil
    allTime.rejections[name] = nil
    windows[name] = nil
    for minute in minutes.keys {
      minutes[minute]?.calls[name] = nil
      minutes[minute]?.rejections[name] = nil
    }
  }

  private mutating func keep(_ change: PolicyChange) {
    let row = StoredPolicy(
      id: (policies.rows.last?.id ?? 0) + 1, at: change.at, component: change.component,
      json: change.text.json,
      source: change.source, process: 0)
    policies.append(row)
    latestPolicies[change.component, default: [:]][change.source] = row
  }

  private mutating func follow(_ event: RecoveryEvent) {
    feed.append(FeedEvent(position: (feed.rows.last?.position ?? 0) + 1, event: event))
  }

  private mutating func keep(_ snapshot: BreakerSnapshot) {
    guard !forgotten.contains(snapshot.component) else { return }
    breakers[snapshot.component, default: snapshot].merge(snapshot)
  }

  private mutating func know(_ name: ComponentName, at now: Timestamp) {
    guard components[name] == nil && !forgotten.contains(name) else { return }
    components[name] = ComponentRecord(name: name, registeredAt: now, epoch: 0, epochStartedAt: now)
  }

  /// Takes what a reported recovery corrects from the minutes that hold it.
  private mutating func correct(
    _ component: ComponentName, _ corrections: ExecutionCorrections, from time: Timestamp
  ) {
    var rest = corrections
    let range = rest.minutes(from: time.microseconds)
    var found: Int64 = 0
    for start in minutes.keys.filter(range.contains).sorted() {
      guard let counted = minutes[start]?.executions[component] else { continue }
      let taken = rest.take(
        from: (counted.attempts, counted.counts.extraAttempts, counted.counts.lost),
        isFirst: start == range.lowerBound)
      found += taken.lost
      change(component, in: start) {
        $0.extraAttempts.addClamped(taken.extra)
        $0.lost = $0.lost.subtractingClamped(taken.lost)
      }
    }
    let outcomes = corrections.outcomes(found: found)
    change(component, in: range.lowerBound) { $0.add(outcomes) }
  }

  private mutating func change(
    _ component: ComponentName, in minute: Int64, _ change: (inout ExecutionCounts) -> Void
  ) {
    change(&allTime.executions[component, default: (0, ExecutionCounts())].counts)
    inMinute(of: Timestamp(microseconds: minute)) {
      change(&$0.executions[component, default: (0, ExecutionCounts())].counts)
    }
  }

  private mutating func inMinute(of time: Timestamp, _ change: (inout Minute) -> Void) {
    let start = time.microseconds / 60_000_000 * 60_000_000
    if minutes[start] == nil { minuteStarts.append(start) }
    change(&minutes[start, default: Minute()])
    if minutes.count > Self.minutesKept { minutes[minuteStarts.removeFirst()] = nil }
  }

  private mutating func inWindow(
    of component: ComponentName, at time: Timestamp, now: Timestamp,
    _ change: (inout HealthWindowBucket) -> Void
  ) {
    let start = time.microseconds / Self.windowBucket * Self.windowBucket
    let empty = HealthWindowBucket(
      component: component, start: Timestamp(microseconds: start), successes: 0, failures: 0,
      criticalErrors: 0,
      durationSumMicroseconds: 0)
    change(&windows[component, default: [:]][start, default: empty])
    guard let window = windows[component], window.count > Self.windowBuckets else { return }
    // Measured from the current time and not from the newest bucket: a bucket in the future was counted before
    // the clock was set back.
    let oldest = now + .microseconds(-Self.windowBuckets * Self.windowBucket)
    windows[component] = window.filter { $0.value.start > oldest && !$0.value.start.isAhead(of: now) }
  }

  func windowBuckets(_ component: ComponentName?) -> [HealthWindowBucket] {
    let chosen = component.map { [windows[$0] ?? [:]] } ?? Array(windows.values)
    return chosen.flatMap(\.values).sorted { ($0.component, $0.start) < ($1.component, $1.start) }
  }

  private func cells(_ range: LedgerRange) -> [Minute] {
    if range == .all { return [allTime] }
    let range = range.inWholeMinutes
    return minutes.filter { range.contains(Timestamp(microseconds: $0.key)) }.map(\.value)
  }

  func rates(_ range: LedgerRange, _ component: ComponentName?) -> [ComponentRates] {
    var sums: [ComponentName: CallCounts] = [:]
    for cell in cells(range) {
      for (name, counts) in cell.calls where component == nil || name == component {
        sums[name, default: CallCounts()].add(counts)
      }
    }
    return sums.sorted { $0.key < $1.key }.map { ComponentRates(component: $0.key, counts: $0.value) }
  }

  func statistics(_ range: LedgerRange, _ component: ComponentName?) -> RecoveryStatistics {
    var overall = RecoverySums()
    var byAction: [RecoveryAction: RecoverySums] = [:]
    var byComponent: [ComponentName: RecoverySums] = [:]
    for cell in cells(range) {
      for (key, sums) in cell.recoveries where component == nil || key.component == component {
        overall.add(sums)
        byAction[key.action, default: RecoverySums()].add(sums)
        byComponent[key.component, default: RecoverySums()].add(sums)
      }
    }
    let divisor = Double(max(1, overall.total))
    var statistics = RecoveryStatistics(
      overall: RecoveryTotals(
        totalRecoveries: overall.total, successfulRecoveries: overall.successful,
        failedRecoveries: overall.total.subtractingClamped(overall.successful),
        successRate: Double(overall.successful) / divisor,
        avgDurationMs: Double(overall.durationSumMicroseconds) / 1000 / divisor),
      byAction: RecoveryAction.allCases.compactMap { action in
        byAction[action].map { ActionTotals(action: action, totals: $0.totals) }
      },
      byComponent: byComponent.sorted { $0.key < $1.key }.map {
        ComponentTotals(component: $0.key, totals: $0.value.totals)
      })
    statistics.executions = executions(range, component)
    return statistics
  }

  private func executions(_ range: LedgerRange, _ component: ComponentName?) -> ExecutionTotals {
    var sum = ExecutionCounts()
    var attempts: Int64 = 0
    for cell in cells(range) {
      // Deliveries of alerts are not executions of callers.
      for (name, executions) in cell.executions
      where component.map({ name == $0 }) ?? !name.text.hasPrefix("alert.") {
        attempts.addClamped(executions.attempts)
        sum.add(executions.counts)
      }
    }
    return ExecutionTotals(sum, attempts: attempts)
  }

  func rejections(_ range: LedgerRange, _ component: ComponentName?) -> [RejectionTotals] {
    var sums: [ComponentName: [RejectedOperation: Int64]] = [:]
    for cell in cells(range) {
      for (name, rejections) in cell.rejections where component == nil || name == component {
        sums[name, default: [:]].merge(rejections) { $0.addingClamped($1) }
      }
    }
    func order(_ reason: RejectionReason) -> Int { RejectionReason.allCases.firstIndex(of: reason) ?? 0 }
    return sums.flatMap { name, rejections in
      rejections.map {
        RejectionTotals(component: name, operation: $0.key.operation, reason: $0.key.reason, calls: $0.value)
      }
    }.sorted {
      ($0.component, $0.operation, order($0.reason)) < ($1.component, $1.operation, order($1.reason))
    }
  }
}
