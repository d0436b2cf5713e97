public import Healing
import HealingQueries

/// A row of `incidents.sql`: a member, with the figures of its incident.
package struct IncidentRow: Sendable {
  fileprivate let firstComponent: ComponentName
  fileprivate let incidentAt: Timestamp
  fileprivate let incident: Incident
  fileprivate let member: Incident.Member

  fileprivate var key: [String] { [firstComponent.text, "\(incidentAt.microseconds)"] }
}

extension ReportQuery<IncidentRow> {
  package static let incidents = ReportQuery(
    query: .incidents,
    columns: [
      "first_component", "incident_at", "started_at", "ended_at", "ongoing", "provisional", "chained",
      "previous_component", "previous_at", "component", "role", "episode_started_at", "episode_ended_at",
      "is_exact", "bad_minutes", "failures", "successes", "rejected", "computed_at", "rule_version",
      "threshold", "min_failures", "quiet", "longest", "by_component",
    ]
  ) { row in
    let first = row.component("first_component")
    let at = row.time("incident_at")
    let previous = row.optionalTime("previous_at").map {
      Incident.id(of: row.component("previous_component"), at: $0)
    }
    return IncidentRow(
      firstComponent: first, incidentAt: at,
      incident: Incident(
        id: Incident.id(of: first, at: at), firstComponent: first, startedAt: row.time("started_at"),
        endedAt: row.time("ended_at"), isOngoing: row.bool("ongoing"), isProvisional: row.bool("provisional"),
        isChained: row.bool("chained"), previousID: previous, members: []),
      member: Incident.Member(
        component: row.component("component"), isMember: row.text("role") == "member",
        startedAt: row.time("episode_started_at"), endedAt: row.time("episode_ended_at"),
        isExact: row.bool("is_exact"), badMinutes: row.count("bad_minutes"), failures: row.count("failures"),
        successes: row.count("successes"), rejected: row.count("rejected")))
  }

  /// Returns the incidents that overlap a range.
  /// - Parameter now: the time for which the report holds; later rows are left out.
  package func report(
    _ range: LedgerRange, _ component: ComponentName?, _ rules: IncidentRules, now: Timestamp,
    on connection: Connection
  ) throws(SQLiteError) -> IncidentReport {
    let rows = try connection.rows(query.sql) { statement in
      statement.bind(name: ":since", range.since?.microseconds)
      statement.bind(name: ":until", range.until?.microseconds)
      statement.bind(name: ":component", component?.text)
      statement.bind(name: ":threshold", Int64((min(max(0, rules.threshold), 1) * 10_000).rounded()))
      statement.bind(name: ":min_failures", max(3, rules.minFailures))
      statement.bind(name: ":quiet", max(0, rules.quiet.microseconds))
      statement.bind(name: ":longest", max(60_000_000, rules.longest.microseconds))
      statement.bind(name: ":by_component", rules.joinsComponents ? 0 : 1)
      statement.bind(name: ":now", now.microseconds)
    } _: {
      decode($0)
    }
    var incidents: [Incident] = []
    var last: [String]?
    for row in rows {
      if row.key != last {
        incidents.append(row.incident)
        last = row.key
      }
      incidents[incidents.count - 1].members.append(row.member)
    }
    return IncidentReport(incidents: incidents, rules: rules, computedAt: now)
  }
}

extension ReportQuery<ErrorGroup> {
  package static let errorGroups = ReportQuery(
    query: .errorGroups,
    columns: [
      "component", "fingerprint", "category", "severity", "type", "message", "first_at", "last_at",
      "occurrences", "referred", "total", "releases", "first_release", "last_release", "standing",
      "spreading", "last_error_id",
    ]
  ) { row in
    func release(_ column: Row.Column) -> String? {
      row.optionalText(column).flatMap { $0.isEmpty ? nil : $0 }
    }
    return ErrorGroup(
      component: row.component("component"), fingerprint: Fingerprint(text: row.text("fingerprint")),
      category: ErrorCategory(rawValue: row.text("category")) ?? .unknown,
      severity: ErrorSeverity(rawValue: row.text("severity")) ?? .medium, type: row.text("type"),
      message: row.text("message"), firstAt: row.time("first_at"), lastAt: row.time("last_at"),
      occurrences: row.count("occurrences"), referred: row.count("referred"), total: row.count("total"),
      releases: row.count("releases"), firstRelease: release("first_release"),
      lastRelease: release("last_release"),
      standing: ErrorGroup.Standing(rawValue: row.text("standing")) ?? .unknown,
      isSpreading: row.bool("spreading"), lastErrorID: row.id("last_error_id"))
  }
}

extension SQLiteLedgerReader {
  /// Returns the incidents that overlap a range, oldest first.
  /// - Parameters:
  ///   - range: the times; default: all.
  ///   - component: only incidents of which this component is a part; default: all.
  ///   - rules: what makes an incident.
  ///   - now: the time for which the report holds: later rows are left out. Default: the present.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func incidents(
    _ range: LedgerRange = .all, component: ComponentName? = nil, rules: IncidentRules = IncidentRules(),
    now: Timestamp = SystemTimeSource().wallClock()
  ) async throws(LedgerError) -> IncidentReport {
    try await readers.read("the incidents") { connection throws(SQLiteError) in
      try ReportQuery<IncidentRow>.incidents.report(range, component, rules, now: now, on: connection)
    }
  }

  /// Returns the faults with errors in a range, the most frequent first.
  /// - Parameters:
  ///   - range: the times, widened to whole hours; default: all.
  ///   - component: the component; default: all.
  ///   - limit: at most so many faults.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func errorGroups(
    _ range: LedgerRange = .all, component: ComponentName? = nil, limit: Int = 100
  ) async throws(LedgerError) -> [ErrorGroup] {
    try await readers.read("the groups of errors") { connection throws(SQLiteError) in
      try ReportQuery<ErrorGroup>.errorGroups.run(on: connection, range, component, limit: limit)
    }
  }
}
