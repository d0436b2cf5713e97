/// One report's SQL text, as embedded in the binary.
///
/// The texts are plain SQL with named parameters and also run in the `sqlite3` shell.
package struct Query: Sendable {
  /// File name without its extension.
  package let name: String
  /// The SQL text, byte for byte as in the file.
  package let sql: String

  /// How executions ended, and recoveries in all: one row.
  package static let overall = Query(name: "overall", bytes: PackageResources.overall_sql)
  /// Rejected calls by component, operation and reason.
  package static let rejections = Query(name: "rejections", bytes: PackageResources.rejections_sql)
  /// Recoveries by action.
  package static let byAction = Query(name: "by_action", bytes: PackageResources.by_action_sql)
  /// Recoveries by component.
  package static let byComponent = Query(name: "by_component", bytes: PackageResources.by_component_sql)
  /// Calls and rates of each component.
  package static let componentRates = Query(
    name: "component_rates", bytes: PackageResources.component_rates_sql)
  /// The latest recoveries.
  package static let recentRecoveries = Query(
    name: "recent_recoveries", bytes: PackageResources.recent_recoveries_sql)

  /// Incidents and their members.
  package static let incidents = Query(name: "incidents", bytes: PackageResources.incidents_sql)
  /// Faults by frequency.
  package static let errorGroups = Query(name: "error_groups", bytes: PackageResources.error_groups_sql)
  /// What callers saw, by component.
  package static let incidentImpact = Query(
    name: "incident_impact", bytes: PackageResources.incident_impact_sql)
  /// What happened in a range.
  package static let incidentTimeline = Query(
    name: "incident_timeline", bytes: PackageResources.incident_timeline_sql)
  /// Circuits, checks and alerts as they were at a time.
  package static let stateAt = Query(name: "state_at", bytes: PackageResources.state_at_sql)
  /// Calls by component and release.
  package static let releases = Query(name: "releases", bytes: PackageResources.releases_sql)

  /// Which attempt helps, for which error.
  package static let attemptEffect = Query(name: "attempt_effect", bytes: PackageResources.attempt_effect_sql)
  /// Whether extra attempts helped in bad minutes.
  package static let retryEffect = Query(name: "retry_effect", bytes: PackageResources.retry_effect_sql)
  /// Availability by calls and by time.
  package static let availability = Query(name: "availability", bytes: PackageResources.availability_sql)

  /// What alerts were good for.
  package static let alertEffect = Query(name: "alert_effect", bytes: PackageResources.alert_effect_sql)
  /// Components without calls.
  package static let idleComponents = Query(
    name: "idle_components", bytes: PackageResources.idle_components_sql)
  /// How releases began.
  package static let releaseDebuts = Query(name: "release_debuts", bytes: PackageResources.release_debuts_sql)
  /// Overrides without an end.
  package static let forgottenOverrides = Query(
    name: "forgotten_overrides", bytes: PackageResources.forgotten_overrides_sql)

  /// Calls by component and minute, hour or day.
  package static let rates = Query(name: "rates", bytes: PackageResources.rates_sql)

  /// What callers saw, minute by minute.
  package static let incidentMinutes = Query(
    name: "incident_minutes", bytes: PackageResources.incident_minutes_sql)
  /// The rows that give the times of an incident.
  package static let incidentTimes = Query(
    name: "incident_times", bytes: PackageResources.incident_times_sql)
  /// Number of requests and users that met a failure.
  package static let incidentReach = Query(
    name: "incident_reach", bytes: PackageResources.incident_reach_sql)
  /// Users that met a failure.
  package static let incidentUsers = Query(
    name: "incident_users", bytes: PackageResources.incident_users_sql)
  /// Whether each opening of a circuit was right, and what it cost.
  package static let breakerOpenings = Query(
    name: "breaker_openings", bytes: PackageResources.breaker_openings_sql)
  /// Two releases that served at once.
  package static let releaseCompare = Query(
    name: "release_compare", bytes: PackageResources.release_compare_sql)
  /// How failures of one component follow from those of another.
  package static let spread = Query(name: "spread", bytes: PackageResources.spread_sql)
  /// How complete the ledger is.
  package static let coverage = Query(name: "coverage", bytes: PackageResources.coverage_sql)
  /// What is different about the errors of a range.
  package static let differentAbout = Query(
    name: "different_about", bytes: PackageResources.different_about_sql)
  /// How alike the errors of two ranges are.
  package static let seenBefore = Query(name: "seen_before", bytes: PackageResources.seen_before_sql)
  /// What changed with each act of an operator.
  package static let overrideEffect = Query(
    name: "override_effect", bytes: PackageResources.override_effect_sql)

  private init(name: String, bytes: [UInt8]) {
    self.name = name
    self.sql = String(decoding: bytes, as: UTF8.self)
  }
}
