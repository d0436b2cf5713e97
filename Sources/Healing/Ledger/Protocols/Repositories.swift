/// Reads circuit breakers.
public protocol BreakerRepository: Sendable {
  /// Returns the latest state of every breaker, by component.
  func all() async throws(LedgerError) -> [BreakerSnapshot]
  /// Returns the latest state of a component's breaker; `nil` without a breaker.
  func find(_ component: ComponentName) async throws(LedgerError) -> BreakerSnapshot?
  /// Returns the latest state of every breaker that is not closed or has an override, expired ones included.
  /// An implementation should not read the closed breakers; the default reads all breakers.
  func unusual() async throws(LedgerError) -> [BreakerSnapshot]
  /// Returns the components that have a breaker.
  func names() async throws(LedgerError) -> Set<ComponentName>
  /// Returns the last `limit` transitions, newest last.
  func transitions(component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [BreakerTransitionRecord]
  /// Returns the last `limit` transitions within a range, newest last. The default reads all transitions.
  func transitions(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [BreakerTransitionRecord]
}

extension BreakerRepository {
  /// Reads all transitions and filters them.
  public func transitions(_ range: LedgerRange, component: ComponentName?, limit: Int)
    async throws(LedgerError) -> [BreakerTransitionRecord]
  {
    try await transitions(component: component, limit: .max).filter { range.contains($0.at) }
      .suffix(max(0, limit))
  }

  /// Reads all breakers.
  public func find(_ component: ComponentName) async throws(LedgerError) -> BreakerSnapshot? {
    try await all().first { $0.component == component }
  }

  /// Reads all breakers.
  public func unusual() async throws(LedgerError) -> [BreakerSnapshot] {
    try await all().filter { $0.state != .closed || $0.override != nil }
  }

  /// Reads all breakers.
  public func names() async throws(LedgerError) -> Set<ComponentName> {
    Set(try await all().map(\.component))
  }
}

/// Reads the known components: those that were recorded and not forgotten since.
public protocol ComponentRepository: Sendable {
  /// Returns all known components, by name.
  func all() async throws(LedgerError) -> [ComponentRecord]
  /// Returns the component of a name; `nil` when the ledger does not know it.
  func find(_ name: ComponentName) async throws(LedgerError) -> ComponentRecord?
}

extension ComponentRepository {
  /// Reads all components.
  public func find(_ name: ComponentName) async throws(LedgerError) -> ComponentRecord? {
    try await all().first { $0.name == name }
  }
}

/// Reads the processes that wrote.
public protocol ProcessRepository: Sendable {
  /// Returns the last `limit` processes, newest last.
  func recent(limit: Int) async throws(LedgerError) -> [ProcessRecord]
}

/// Reads failed attempts.
public protocol ErrorRepository: Sendable {
  /// Returns the error with an id; `nil` when there is no such row.
  func find(_ id: LedgerID) async throws(LedgerError) -> ErrorContext?
  /// Returns the last `limit` errors, newest last.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [ErrorContext]
}

/// Reads recoveries and computes their reports.
public protocol RecoveryRepository: Sendable {
  /// Returns the last `limit` recoveries within a range, newest last. An SQLite ledger finds a range by the rows'
  /// ids, which carry their time of issue, an hour before and after the range included.
  func recent(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [RecoveryRecord]
  /// Returns the totals of a range overall, by action and by component. They are read together, so that they
  /// agree.
  func statistics(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> RecoveryStatistics
}

/// Reads rejected calls.
public protocol RejectionRepository: Sendable {
  /// Returns the last `limit` rows, newest last. Past ``RejectedCall/rowsPerSecond``, a component's rejected
  /// calls have no row.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [RejectedCall]
  /// Returns all rejected calls of a range by component, operation and reason, in this order, from the
  /// component's last reset of metrics.
  func byOperation(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [RejectionTotals]
}

/// Reads outcomes and durations of attempts.
public protocol HealthSampleRepository: Sendable {
  /// Returns the last `limit` samples, newest last. Under overload a sample covers several attempts. Of one
  /// component, an SQLite ledger returns those among the last 100,000 samples of all components.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthSample]
  /// Returns calls and rates of each component over a range, by name, from the component's last reset of
  /// metrics.
  func rates(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [ComponentRates]
  /// Returns the last written sliding window of each component, or of one: 10-second buckets of the last 5
  /// minutes.
  func windows(component: ComponentName?) async throws(LedgerError) -> [HealthWindowBucket]
  /// Returns the windows without the buckets that start before `since`. An implementation should not
  /// read the components without calls since then; the default reads all buckets.
  func windows(since: Timestamp, component: ComponentName?) async throws(LedgerError) -> [HealthWindowBucket]
}

extension HealthSampleRepository {
  /// Reads all buckets and filters them.
  public func windows(since: Timestamp, component: ComponentName?) async throws(LedgerError)
    -> [HealthWindowBucket]
  {
    try await windows(component: component).filter { $0.start >= since }
  }
}

/// Reads the checks of components, and alerts.
public protocol HealthCheckRepository: Sendable {
  /// Returns the last `limit` checks, newest last.
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthCheckRecord]
  /// Returns the last `limit` alerts in the order in which they were written, newest last, whatever their
  /// times.
  func recentAlerts(component: ComponentName?, limit: Int) async throws(LedgerError) -> [AlertRecord]
  /// Returns the last `limit` alerts within a range by the order of their ids, newest last. The default reads all alerts.
  func recentAlerts(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [AlertRecord]
  /// Returns each component's status at its last check.
  func latestStatuses() async throws(LedgerError) -> [ComponentName: HealthStatus]
  /// Returns the last alert of each component.
  func latestAlerts() async throws(LedgerError) -> [ComponentName: AlertRecord]
}

extension HealthCheckRepository {
  /// Reads all alerts and filters them.
  public func recentAlerts(_ range: LedgerRange, component: ComponentName?, limit: Int)
    async throws(LedgerError) -> [AlertRecord]
  {
    try await recentAlerts(component: component, limit: .max).filter { range.contains($0.at) }
      .suffix(max(0, limit))
  }

  /// Reads all checks.
  public func latestStatuses() async throws(LedgerError) -> [ComponentName: HealthStatus] {
    Dictionary(
      try await recent(component: nil, limit: .max).map { ($0.component, $0.status) },
      uniquingKeysWith: { _, last in last })
  }

  /// Reads all alerts.
  public func latestAlerts() async throws(LedgerError) -> [ComponentName: AlertRecord] {
    Dictionary(
      try await recentAlerts(component: nil, limit: .max).map { ($0.component, $0) },
      uniquingKeysWith: { _, last in last })
  }
}

/// Reads the events of all processes in commit order. Positions only rise: an event after a position was
/// committed later, and no event is added before it. A reader that stores its last position misses no event and
/// reads none twice.
public protocol FeedRepository: Sendable {
  /// Returns the position of the last event; 0 before the first.
  func lastPosition() async throws(LedgerError) -> Int64
  /// Returns up to `limit` events after a position, in order.
  func events(after position: Int64, limit: Int) async throws(LedgerError) -> [FeedEvent]
  /// Returns the last position that retention deleted; 0 when it deleted none. A reader whose last position is lower has
  /// missed events, and continues from this one. The default returns 0.
  func lastDeletedPosition() async throws(LedgerError) -> Int64
}

extension FeedRepository {
  /// Returns 0, for a ledger that deletes no events.
  public func lastDeletedPosition() async throws(LedgerError) -> Int64 { 0 }
}

/// Reads the policies of components.
public protocol PolicyRepository: Sendable {
  /// Returns the last row of each component and source, by id.
  func latest() async throws(LedgerError) -> [StoredPolicy]
  /// Returns the rows after an id, by id.
  func changes(after id: Int64) async throws(LedgerError) -> [StoredPolicy]
}

/// Computes the reports that answer questions after an outage.
public protocol OutageRepository: Sendable {
  /// Returns the incidents that overlap a range, oldest first.
  /// - Parameters:
  ///   - component: only incidents of which this component is a part; `nil` for all.
  ///   - now: the time for which the report holds: later rows are left out.
  func incidents(_ range: LedgerRange, component: ComponentName?, rules: IncidentRules, now: Timestamp)
    async throws(LedgerError) -> IncidentReport
  /// Returns the faults with errors in a range, widened to whole hours, the most frequent first; at most `limit`.
  func errorGroups(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [ErrorGroup]
  /// Returns what happened in a range, oldest first; at most `limit` events.
  func timeline(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [TimelineEvent]
  /// Returns what callers of each component saw in a range, widened to whole minutes.
  func impact(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [ComponentImpact]
  /// Returns the circuit, the last check and the last alert of each component as they were at a time; `nil` for now.
  func states(at time: Timestamp?, component: ComponentName?) async throws(LedgerError) -> [ComponentStateAt]
  /// Returns the calls of each component by release in a range, widened to whole hours.
  func releases(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [ReleaseTotals]
  /// Returns how often each attempt of retried executions helped, by component and category of the error.
  func attemptEffect(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [AttemptEffect]
  /// Returns what extra attempts did in the bad minutes of each component.
  func retryEffect(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [RetryEffect]
  /// Returns the availability of each component by calls and by time.
  func availability(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [ComponentAvailability]
  /// Returns what the data of a range advise, by kind and component.
  func advice(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError) -> [Advice]
  /// Returns what callers of each component saw by minute, hour or day in a range, widened to whole intervals; of the buckets the
  /// newest `limit`.
  func rates(_ range: LedgerRange, component: ComponentName?, by interval: RateSeries.Interval, limit: Int)
    async throws(LedgerError) -> RateSeries
  /// Returns the draft of an incident's post-mortem; `nil` when there is no such incident.
  /// - Parameters:
  ///   - incident: the incident's id, or one that a note has merged into it.
  ///   - now: the time for which the draft holds: later rows are left out.
  ///   - withUsers: whether to list users by their ids.
  func postMortem(of incident: String, rules: IncidentRules, now: Timestamp, withUsers: Bool)
    async throws(LedgerError) -> PostMortem?
  /// Compares two releases that served at once, by component.
  func compareReleases(_ a: String?, _ b: String?, _ range: LedgerRange, component: ComponentName?)
    async throws(LedgerError) -> [ReleaseComparison]
}

extension OutageRepository {
  /// Returns the ids of the incidents that are nearest to an id, for a message that there is none: the nearest by name and time first,
  /// 3 at most.
  package func incidentIDs(near id: String, rules: IncidentRules, now: Timestamp) async throws(LedgerError)
    -> [String]
  {
    let day = Duration.seconds(86_400)
    let minute = Incident.minute(ofID: id)
    var found: [Incident] = []
    if let minute {
      found = try await incidents(
        LedgerRange(since: minute + .seconds(-7 * 86_400), until: minute + day * 7), component: nil,
        rules: rules, now: now
      ).incidents
    }
    if found.isEmpty {
      found = try await incidents(
        LedgerRange(since: now + .seconds(-31 * 86_400)), component: nil, rules: rules, now: now
      ).incidents
    }
    guard let minute else { return found.suffix(3).reversed().map(\.id) }
    let name = id.dropFirst(11).dropLast(5)
    func distance(_ incident: Incident) -> Int64 {
      let away = (incident.startedAt - minute).microseconds.magnitude
      // Another component counts as two hours.
      return Int64(clamping: away).addingClamped(incident.firstComponent.text == name ? 0 : 7_200_000_000)
    }
    return found.sorted { distance($0) < distance($1) }.prefix(3).map(\.id)
  }
}
