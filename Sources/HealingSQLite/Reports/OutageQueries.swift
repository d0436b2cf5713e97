public import Healing
import HealingQueries

extension ReportQuery<ComponentImpact> {
  package static let incidentImpact = ReportQuery(
    query: .incidentImpact,
    columns: [
      "component", "attempts", "failures", "executions", "extra_attempts", "rejected", "saved", "degraded",
      "undone",
      "lost", "interrupted", "actual_success", "effective_success", "amplification",
    ]
  ) { row in
    var ended = ExecutionTotals()
    ended.executions = row.count("executions")
    ended.rejected = row.count("rejected")
    ended.saved = row.count("saved")
    ended.degraded = row.count("degraded")
    ended.undone = row.count("undone")
    ended.lost = row.count("lost")
    ended.interrupted = row.count("interrupted")
    return ComponentImpact(
      component: row.component("component"), attempts: row.count("attempts"), failures: row.count("failures"),
      extraAttempts: row.count("extra_attempts"), executions: ended,
      actualSuccess: row.optionalReal("actual_success"),
      effectiveSuccess: row.optionalReal("effective_success"),
      amplification: row.optionalReal("amplification"))
  }
}

extension ReportQuery<ComponentStateAt> {
  package static let stateAt = ReportQuery(
    query: .stateAt,
    columns: [
      "component", "state", "reason", "since_at", "until_at", "actor", "status", "checked_at", "message",
      "alert",
      "alert_at",
    ]
  ) { row in
    var state = ComponentStateAt(
      component: row.component("component"), state: CircuitState(rawValue: row.text("state")) ?? .closed)
    state.reason = row.optionalText("reason")
    state.since = row.optionalTime("since_at")
    state.until = row.optionalTime("until_at")
    state.actor = row.optionalText("actor")
    state.status = row.optionalText("status").flatMap(HealthStatus.init(rawValue:))
    state.checkedAt = row.optionalTime("checked_at")
    state.checkMessage = row.optionalText("message")
    state.alert = row.optionalText("alert")
    state.alertAt = row.optionalTime("alert_at")
    return state
  }
}

extension ReportQuery<ReleaseTotals> {
  package static let releases = ReportQuery(
    query: .releases,
    columns: [
      "component", "release", "first_at", "from_at", "to_at", "attempts", "failures", "rejected",
      "error_rate",
      "avg_duration_ms", "max_duration_ms",
    ]
  ) { row in
    let release = row.text("release")
    return ReleaseTotals(
      component: row.component("component"), release: release.isEmpty ? nil : release,
      firstAt: row.optionalTime("first_at"), fromAt: row.time("from_at"), toAt: row.time("to_at"),
      attempts: row.count("attempts"), failures: row.count("failures"), rejected: row.count("rejected"),
      errorRate: row.optionalReal("error_rate"), avgDurationMs: row.optionalReal("avg_duration_ms"),
      maxDurationMs: row.milliseconds("max_duration_ms"))
  }
}

extension ReportQuery<TimelineEvent> {
  package static let incidentTimeline = ReportQuery(
    query: .incidentTimeline, columns: ["at", "kind", "component", "before", "after", "text", "actor", "ref"]
  ) { row in
    TimelineEvent(
      at: row.time("at"), kind: row.text("kind"),
      component: row.optionalText("component").map(ComponentName.init(stored:)),
      before: row.optionalText("before"), after: row.optionalText("after"), text: row.optionalText("text"),
      actor: row.optionalText("actor"), ref: row.id("ref"))
  }
}

extension SQLiteLedgerReader {
  /// Returns what happened in a range, oldest first: changes of circuits, alerts, checks that changed a status, first errors
  /// of faults, releases, runs, policies, and notes.
  /// - Parameters:
  ///   - range: the times; default: all.
  ///   - component: the component; default: all. Events of no component are always there.
  ///   - limit: at most so many events.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func timeline(
    _ range: LedgerRange = .all, component: ComponentName? = nil, limit: Int = 1_000
  ) async throws(LedgerError) -> [TimelineEvent] {
    try await readers.read("the events of the range") { connection throws(SQLiteError) in
      try ReportQuery<TimelineEvent>.incidentTimeline.run(on: connection, range, component, limit: limit)
    }
  }

  /// Returns what callers of each component saw in a range.
  /// - Parameters:
  ///   - range: the times, widened to whole minutes, such as those of an incident; default: all that is kept by the minute.
  ///   - component: the component; default: all but those of alerts.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func impact(_ range: LedgerRange = .all, component: ComponentName? = nil) async throws(LedgerError)
    -> [ComponentImpact]
  {
    try await readers.read("the impact") { connection throws(SQLiteError) in
      try ReportQuery<ComponentImpact>.incidentImpact.run(on: connection, range, component)
    }
  }

  /// Returns the circuit, the last check and the last alert of each component as they were at a time.
  /// - Parameters:
  ///   - time: the time; default: now.
  ///   - component: the component; default: all that were known by then.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func states(at time: Timestamp? = nil, component: ComponentName? = nil) async throws(LedgerError)
    -> [ComponentStateAt]
  {
    try await readers.read("the states") { connection throws(SQLiteError) in
      let states = ReportQuery<ComponentStateAt>.stateAt
      return try connection.rows(states.query.sql) { statement in
        statement.bind(name: ":at", time?.microseconds)
        statement.bind(name: ":component", component?.text)
      } _: {
        states.decode($0)
      }
    }
  }

  /// Returns the calls of each component by release.
  /// - Parameters:
  ///   - range: the times, widened to whole hours; default: all that is kept by the hour.
  ///   - component: the component; default: all.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func releases(_ range: LedgerRange = .all, component: ComponentName? = nil) async throws(LedgerError)
    -> [ReleaseTotals]
  {
    try await readers.read("the releases") { connection throws(SQLiteError) in
      try ReportQuery<ReleaseTotals>.releases.run(on: connection, range, component)
    }
  }
}
