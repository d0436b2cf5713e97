/// What an ``InMemoryLedger`` holds, as a pure state.
struct InMemoryState: Sendable {
  private struct RecoveryKey: Hashable {
    let component: ComponentName
    let action: RecoveryAction
  }
  private struct RecoverySums {
    var total: Int64 = 0
    var successful: Int64 = 0
    var attempts: Int64 = 0
    var durationSum: Int64 = 0
    var durationMax: Int64 = 0

    mutating func add(_ other: RecoverySums) {
      total.addClamped(other.total)
      successful.addClamped(other.successful)
      attempts.addClamped(other.attempts)
      durationSum.addClamped(other.durationSum)
      durationMax = max(durationMax, other.durationMax)
    }

    var totals: GroupTotals {
      GroupTotals(
        total: total, successful: successful, attempts: attempts,
        avgDurationMs: Double(durationSum) / 1000 / Double(max(1, total)),
        maxDurationMs: Double(durationMax) / 1000)
    }
  }
  private struct Minute {
    var recoveries: [RecoveryKey: RecoverySums] = [:]
    var calls: [ComponentName: CallCounts] = [:]
  }

  private(set) var errors = BoundedRows<ErrorContext>()
  private(set) var samples = BoundedRows<HealthSample>()
  private(set) var checks = BoundedRows<HealthCheckRecord>()
  private(set) var alerts = BoundedRows<AlertRecord>()
  private(set) var recoveries = BoundedRows<RecoveryRecord>()
  private(set) var transitions = BoundedRows<BreakerTransitionRecord>()
  private(set) var feed = BoundedRows<FeedEvent>()
  private(set) var breakers: [ComponentName: BreakerSnapshot] = [:]
  private(set) var components: [ComponentName: ComponentRecord] = [:]
  /// Components that were forgotten and not made known again: rows that come late do not make them known.
  private var forgotten: Set<ComponentName> = []
  private var allTime = Minute()
  /// By start of the minute in microseconds; the newest, a day's worth.
  private var minutes: [Int64: Minute] = [:]
  /// Their starts as they came: a clock that was set back must not let the present ones go first.
  private var minuteStarts: [Int64] = []

  /// Each component's sliding window by start of its ten seconds in microseconds; the last five minutes'.
  private var windows: [ComponentName: [Int64: HealthWindowBucket]] = [:]

  private static let minutesKept = 1_440
  private static let windowBucket: Int64 = 10_000_000
  private static let windowBuckets: Int64 = 30

  /// Ids of the rows of history, so that what is recorded twice is there once; of the newest 100,000 at least.
  private var ids: Set<LedgerID> = []
  private var olderIDs: Set<LedgerID> = []
  private static let idsKept = 100_000

  mutating func apply(_ entry: LedgerEntry, at now: Timestamp) {
    if let id = entry.rowID {
      guard !olderIDs.contains(id), ids.insert(id).inserted else { return }
      if ids.count >= Self.idsKept { (olderIDs, ids) = (ids, []) }
    }
    switch entry {
    case .component(let name):
      if forgotten.remove(name) != nil { beginAnew(name) }
      know(name, at: now)
    case .error(let error):
      know(error.component, at: now)
      errors.append(error)
      follow(.error(error))
      if error.severity == .critical {
        inWindow(of: error.component, at: error.at, now: now) {
          $0.criticalErrors.addClamped(Int64(max(1, error.occurrences)))
        }
      }
    case .sample(let sample):
      know(sample.component, at: now)
      samples.append(sample)
      allTime.calls[sample.component, default: CallCounts()].add(sample.counts)
      inMinute(of: sample.at) { $0.calls[sample.component, default: CallCounts()].add(sample.counts) }
      inWindow(of: sample.component, at: sample.at, now: now) { bucket in
        bucket.successes.addClamped(sample.counts.successes)
        bucket.failures.addClamped(sample.counts.failures)
        bucket.durationSum.addClamped(sample.counts.durationSum)
      }
    case .check(let check):
      know(check.component, at: now)
      checks.append(check)
      follow(.check(check))
    case .alert(let alert):
      know(alert.component, at: now)
      alerts.append(alert)
      follow(.alert(alert))
    case .recoveryStarted(let start): know(start.component, at: now)
    case .recoveryEnded: break
    case .recovery(let recovery):
      know(recovery.component, at: now)
      recoveries.append(recovery)
      follow(.recovery(recovery))
      let key = RecoveryKey(component: recovery.component, action: recovery.action)
      let count = Int64(max(1, recovery.occurrences))
      let sums = RecoverySums(
        total: count, successful: recovery.success ? count : 0, attempts: Int64(recovery.attempts),
        durationSum: recovery.duration.microseconds,
        durationMax: (recovery.longest ?? recovery.duration).microseconds)
      allTime.recoveries[key, default: RecoverySums()].add(sums)
      inMinute(of: recovery.at) { $0.recoveries[key, default: RecoverySums()].add(sums) }
    case .breaker(let snapshot): keep(snapshot, at: now)
    case .transition(let transition, let snapshot):
      keep(snapshot, at: now)
      transitions.append(transition)
      follow(.transition(transition))
    case .metricsReset(let name, let at):
      know(name, at: now)
      components[name]?.epoch.addClamped(1)
      components[name]?.epochStartedAt = at
      beginAnew(name)
    case .forgotten(let name, _, _, _):
      forgotten.insert(name)
      components[name] = nil
      breakers[name] = nil
      beginAnew(name)
    case .unprotectedCalls: break
    }
  }

  /// Calls counted so far are none of the component's metrics any more.
  private mutating func beginAnew(_ name: ComponentName) {
    allTime.calls[name] = nil
    windows[name] = nil
    for minute in minutes.keys { minutes[minute]?.calls[name] = nil }
  }

  private mutating func follow(_ event: RecoveryEvent) {
    feed.append(FeedEvent(position: (feed.rows.last?.position ?? 0) + 1, event: event))
  }

  private mutating func keep(_ snapshot: BreakerSnapshot, at now: Timestamp) {
    know(snapshot.component, at: now)
    guard !forgotten.contains(snapshot.component) else { return }
    breakers[snapshot.component, default: snapshot].merge(snapshot)
  }

  private mutating func know(_ name: ComponentName, at now: Timestamp) {
    guard components[name] == nil && !forgotten.contains(name) else { return }
    components[name] = ComponentRecord(name: name, registeredAt: now, epoch: 0, epochStartedAt: now)
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
      durationSum: 0)
    change(&windows[component, default: [:]][start, default: empty])
    guard let window = windows[component], window.count > Self.windowBuckets else { return }
    // By the time of now, and not by that of the newest: what lies in the future was counted before the clock was set back.
    let oldest = now + .microseconds(-Self.windowBuckets * Self.windowBucket)
    windows[component] = window.filter { $0.value.start > oldest && !$0.value.start.isAhead(of: now) }
  }

  func windowBuckets(_ component: ComponentName?) -> [HealthWindowBucket] {
    let chosen = component.map { [windows[$0] ?? [:]] } ?? Array(windows.values)
    return chosen.flatMap(\.values).sorted { ($0.component, $0.start) < ($1.component, $1.start) }
  }

  private func cells(_ range: LedgerRange) -> [Minute] {
    if range == .all { return [allTime] }
    return minutes.filter { range.contains(minuteOf: Timestamp(microseconds: $0.key)) }.map(\.value)
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
    return RecoveryStatistics(
      overall: RecoveryTotals(
        totalRecoveries: overall.total, successfulRecoveries: overall.successful,
        failedRecoveries: overall.total.subtractingClamped(overall.successful),
        successRate: Double(overall.successful) / divisor,
        avgDurationMs: Double(overall.durationSum) / 1000 / divisor),
      byAction: RecoveryAction.allCases.compactMap { action in
        byAction[action].map { ActionTotals(action: action, totals: $0.totals) }
      },
      byComponent: byComponent.sorted { $0.key < $1.key }.map {
        ComponentTotals(component: $0.key, totals: $0.value.totals)
      })
  }
}

extension LedgerEntry {
  /// The id of the row of history that the entry becomes, where it brings one.
  fileprivate var rowID: LedgerID? {
    switch self {
    case .error(let error): error.id
    case .check(let check): check.id
    case .recovery(let recovery): recovery.id
    case .transition(let transition, _): transition.id
    case .alert(let alert): alert.id
    case .component, .sample, .recoveryStarted, .recoveryEnded, .breaker, .metricsReset, .forgotten,
      .unprotectedCalls:
      nil
    }
  }
}
