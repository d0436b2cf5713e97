import Healing

/// The number of rows of a list.
struct CountResponse: Encodable {
  let count: Int
}

/// `GET /incidents`, without the incidents.
struct IncidentsResponse: Encodable {
  struct Rules: Encodable {
    let version = IncidentRules.version
    let threshold: Double
    let minFailures: Int64
    let quietSeconds: Int64
    let maxSeconds: Int64

    init(_ rules: IncidentRules) {
      threshold = rules.threshold
      minFailures = rules.minFailures
      quietSeconds = rules.quiet.components.seconds
      maxSeconds = rules.longest.components.seconds
    }
  }
  let count: Int
  /// Number of the oldest incidents that were left out.
  let omitted: Int?
  let rules: Rules
  let computedAt: Timestamp

  init(_ report: IncidentReport, omitted: Int?) {
    count = report.incidents.count - (omitted ?? 0)
    self.omitted = omitted
    rules = Rules(report.rules)
    computedAt = report.computedAt
  }
}

/// An entry of `GET /incidents`.
struct IncidentResponse: Encodable {
  struct Member: Encodable {
    let component: ComponentName
    let startedAt: Timestamp
    let startIsExact: Bool
    let endedAt: Timestamp
    let badMinutes: Int64
    let failures: Int64
    let successes: Int64
    let rejected: Int64

    init(_ member: Incident.Member) {
      component = member.component
      startedAt = member.startedAt
      startIsExact = member.isExact
      endedAt = member.endedAt
      badMinutes = member.badMinutes
      failures = member.failures
      successes = member.successes
      rejected = member.rejected
    }
  }
  let id: String
  let firstComponent: ComponentName
  let startedAt: Timestamp
  let endedAt: Timestamp
  let ongoing: Bool
  let provisional: Bool
  let chained: Bool
  let previous: OrNull<String>
  let badMinutes: Int64
  let failures: Int64
  let successes: Int64
  let rejected: Int64
  let members: [Member]
  /// Channels of alerts that failed meanwhile.
  let couldNotTell: [Member]

  init(_ incident: Incident) {
    id = incident.id
    firstComponent = incident.firstComponent
    startedAt = incident.startedAt
    endedAt = incident.endedAt
    ongoing = incident.isOngoing
    provisional = incident.isProvisional
    chained = incident.isChained
    previous = OrNull(incident.previousID)
    badMinutes = incident.total(\.badMinutes)
    failures = incident.total(\.failures)
    successes = incident.total(\.successes)
    rejected = incident.total(\.rejected)
    members = incident.members.filter(\.isMember).map(Member.init)
    couldNotTell = incident.members.filter { !$0.isMember }.map(Member.init)
  }
}

/// An entry of `GET /timeline`.
struct TimelineEventResponse: Encodable {
  let timestamp: Timestamp
  let kind: String
  let component: OrNull<ComponentName>
  let before: OrNull<String>
  let after: OrNull<String>
  let message: OrNull<String>
  let actor: OrNull<String>
  let ref: LedgerID

  init(_ event: TimelineEvent) {
    timestamp = event.at
    kind = event.kind
    component = OrNull(event.component)
    before = OrNull(event.before)
    after = OrNull(event.after)
    message = OrNull(event.text)
    actor = OrNull(event.actor)
    ref = event.ref
  }
}

/// `GET /state`, without the components.
struct StatesResponse: Encodable {
  let at: Timestamp
}

/// An entry of `GET /state`.
struct StateAtResponse: Encodable {
  let circuit: CircuitState
  let since: OrNull<Timestamp>
  let until: OrNull<Timestamp>
  let reason: OrNull<String>
  let actor: OrNull<String>
  let status: OrNull<HealthStatus>
  let checkedAt: OrNull<Timestamp>
  let message: OrNull<String>
  let alert: OrNull<String>
  let alertedAt: OrNull<Timestamp>

  init(_ state: ComponentStateAt) {
    circuit = state.state
    since = OrNull(state.since)
    until = OrNull(state.until)
    reason = OrNull(state.reason)
    actor = OrNull(state.actor)
    status = OrNull(state.status)
    checkedAt = OrNull(state.checkedAt)
    message = OrNull(state.checkMessage)
    alert = OrNull(state.alert)
    alertedAt = OrNull(state.alertAt)
  }
}

/// An entry of `GET /reports/releases`.
struct ReleaseResponse: Encodable {
  let component: ComponentName
  let release: OrNull<String>
  let firstSeenAt: OrNull<Timestamp>
  let fromAt: Timestamp
  let toAt: Timestamp
  let attempts: Int64
  let failures: Int64
  let rejected: Int64
  let errorRate: OrNull<Double>
  let avgDurationMs: OrNull<Double>
  let maxDurationMs: Double

  init(_ totals: ReleaseTotals) {
    component = totals.component
    release = OrNull(totals.release)
    firstSeenAt = OrNull(totals.firstAt)
    fromAt = totals.fromAt
    toAt = totals.toAt
    attempts = totals.attempts
    failures = totals.failures
    rejected = totals.rejected
    errorRate = OrNull(totals.errorRate)
    avgDurationMs = OrNull(totals.avgDurationMs)
    maxDurationMs = totals.maxDurationMs
  }
}

/// `POST /incidents/{id}/notes`
struct AddedNoteResponse: Encodable {
  let incident: String
  let kind: IncidentNote.Kind
  let text: String
  let actor: String
  let timestamp: Timestamp
  let durable: Bool
  let mayBeLost: Bool

  init(_ note: IncidentNote, durable: Bool) {
    incident = note.incident
    kind = note.kind
    text = note.text
    actor = note.actor
    timestamp = note.at
    self.durable = durable
    mayBeLost = !durable
  }
}
