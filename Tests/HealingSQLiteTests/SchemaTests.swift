import Healing
import HealingMigrations
import HealingQueries
import HealingSQLite
import HealingTestSupport
import Testing

@Suite struct SchemaTests {
  let folder: TemporaryFolder
  let connection: Connection

  init() throws {
    folder = try TemporaryFolder()
    connection = try Connection(path: folder.path(), mode: .readWriteCreate)
    try Migrator(migrations: Migration.all).migrate(connection, ledger: "x", now: Timestamp(microseconds: 0))
  }

  @Test func `each query has the columns and parameters of the type that reads it`() throws {
    func check<Value>(_ report: ReportQuery<Value>, _ parameters: [String]) throws {
      let statement = try connection.prepare(report.query.sql)
      #expect(statement.columnNames == report.columns, "\(report.query.name)")
      #expect(statement.parameterNames.sorted() == parameters, "\(report.query.name)")
    }
    let range = [":component", ":since", ":until"]
    try check(ReportQuery<OverallTotals>.overall, range)
    try check(ReportQuery<RejectionTotals>.rejections, range)
    try check(.byAction, range)
    try check(.byComponent, range)
    try check(.componentRates, range)
    try check(.recentRecoveries, [":component", ":limit", ":since", ":until"])
    try check(
      ReportQuery<IncidentRow>.incidents,
      [
        ":by_component", ":component", ":longest", ":min_failures", ":now", ":quiet", ":since", ":threshold",
        ":until",
      ])
    try check(ReportQuery<ErrorGroup>.errorGroups, [":component", ":limit", ":since", ":until"])
    try check(ReportQuery<ComponentImpact>.incidentImpact, [":by_minutes"] + range)
    try check(
      ReportQuery<TimelineEvent>.incidentTimeline, [":component", ":limit", ":since", ":until"])
    try check(ReportQuery<ComponentStateAt>.stateAt, [":at", ":component"])
    try check(ReportQuery<ReleaseTotals>.releases, range)
    try check(ReportQuery<AttemptEffect>.attemptEffect, range)
    try check(ReportQuery<RetryEffect>.retryEffect, range)
    try check(ReportQuery<ComponentAvailability>.availability, range)
    try check(ReportQuery<AlertEffect>.alertEffect, range)
    try check(ReportQuery<Advice>.idleComponents, range)
    try check(ReportQuery<Advice>.forgottenOverrides, range)
    try check(ReportQuery<ReleaseDebut>.releaseDebuts, range)
    try check(ReportQuery<RateRow>.rates, [":component", ":limit", ":resolution", ":since", ":until"])
    try check(ReportQuery<IncidentMinute>.incidentMinutes, [":component", ":limit", ":since", ":until"])
    try check(ReportQuery<IncidentTimeRow>.incidentTimes, range)
    try check(ReportQuery<PostMortem.Reach>.incidentReach, range)
    try check(ReportQuery<PostMortem.User>.incidentUsers, [":component", ":limit", ":since", ":until"])
    try check(ReportQuery<CircuitOpening>.breakerOpenings, range)
    try check(
      ReportQuery<ReleaseCompareRow>.releaseCompare,
      [":component", ":release_a", ":release_b", ":since", ":until"])
    try check(ReportQuery<SpreadRow>.spread, range)
    try check(ReportQuery<CoverageRow>.coverage, [":since", ":until"])
    try check(ReportQuery<ErrorDifference>.differentAbout, range)
    try check(
      ReportQuery<SeenBeforeRow>.seenBefore, [":other_since", ":other_until", ":since", ":until"])
    try check(ReportQuery<OverrideEffect>.overrideEffect, range)
  }

  /// Each file runs in the `sqlite3` shell by itself, so each has the division of its range into segments.
  @Test func `all reports over roll-ups divide their range in the same way`() throws {
    let reports = [
      Query.overall, .rejections, .byAction, .byComponent, .componentRates,
    ]
    let divisions = try reports.map { report in
      let start = try #require(
        report.sql.firstRange(of: "  kept (minutes_from, hours_from) AS ("), "\(report.name)")
      let rest = report.sql[start.lowerBound...]
      let end = try #require(rest.firstRange(of: ", m.hi FROM minutes m, hours h WHERE"), "\(report.name)")
      return rest[..<end.upperBound]
    }
    for (report, division) in zip(reports, divisions) { #expect(division == divisions[0], "\(report.name)") }
  }

  @Test func `the closed vocabularies have the codes of the lookup tables`() throws {
    func check<Word: StoredCode & CaseIterable>(_ table: String, _ type: Word.Type) throws {
      let rows = try connection.rows("SELECT id, name FROM \(table) ORDER BY id") {
        ($0.integer(0), $0.text(1))
      }
      #expect(rows.map(\.1) == Word.stored.map(\.rawValue), "\(table)")
      #expect(rows.map(\.0) == Word.stored.map(\.code), "\(table)")
      #expect(Word.allCases.count == Word.stored.count, "\(table)")
    }
    try check("category", ErrorCategory.self)
    try check("severity", ErrorSeverity.self)
    try check("health_status", HealthStatus.self)
    try check("recovery_action", RecoveryAction.self)
    try check("breaker_state", CircuitState.self)
    try check("rejection_reason", RejectionReason.self)
  }

  @Test(arguments: [
    "error", "health_sample", "health_check", "recovery", "breaker_transition", "alert", "gap", "feed",
    "component_change", "rejected_call", "policy_change", "pin", "upkeep",
    "incident_note",
  ])
  func `triggers reject UPDATE, and DELETE outside retention_door`(table: String) throws {
    try connection.execute(
      """
      PRAGMA foreign_keys = OFF;
      INSERT INTO component VALUES (1, 'a', 0, 0, 0);
      INSERT INTO process (id, node, host, pid, program, started_at, last_write_at) VALUES (1, 0, 'h', 1, 'p', 0, 0);
      INSERT INTO error VALUES (1, 0, 1, 1, 'o', 1, 1, 0, 0, 1, 't', 'm', 'f', 'r', NULL, NULL, NULL, NULL, 1, NULL, NULL, NULL);
      INSERT INTO health_sample VALUES (1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, NULL, 0, 0);
      INSERT INTO health_check VALUES (1, 0, 1, 1, 0, NULL, 0.0, 0, 0, 0, 'm', '[]');
      INSERT INTO recovery VALUES (1, 0, 1, 1, 'o', 1, 1, 0, 1, 'succeeded', 1, 1, 'm', NULL, 1, NULL, NULL, NULL,
        NULL);
      INSERT INTO breaker_transition VALUES (1, 0, 1, 1, 0, 1, 'r', 1, 1, NULL, NULL, NULL, NULL);
      INSERT INTO alert VALUES (1, 0, 1, 1, 'raised', 0, NULL, 'm', NULL);
      INSERT INTO gap VALUES (1, 0, 1, 1, 'k', 1);
      INSERT INTO feed VALUES (1, 0, 1);
      INSERT INTO component_change VALUES (1, 0, 1, 1, 'forgotten', NULL, NULL);
      INSERT INTO rejected_call VALUES (1, 0, 1, 1, 'o', 0, NULL, NULL, NULL, NULL);
      INSERT INTO policy VALUES ('h', '{}');
      INSERT INTO policy_change VALUES (1, 0, 1, 1, 'h', 'explicit');
      INSERT INTO pin VALUES (1, 0, 0, 1, NULL, 'r', 'a', NULL, NULL);
      INSERT INTO upkeep VALUES (1, 0, 'prune', 'ok', '{}', 1);
      INSERT INTO incident_note VALUES (1, 0, '2026-11-27-a-0412', 'title', 't', 'a');
      """)
    #expect(throws: SQLiteError.self) { try connection.execute("UPDATE \(table) SET id = 2") }
    #expect(throws: SQLiteError.self) { try connection.execute("DELETE FROM \(table)") }
    #expect(try connection.integer("SELECT count(*) FROM \(table)") == 1)
    try connection.execute(
      "UPDATE retention_door SET open = 1; DELETE FROM \(table); UPDATE retention_door SET open = 0")
    #expect(try connection.integer("SELECT count(*) FROM \(table)") == 0)
  }

  @Test func `a reader reads alerts without the migration of kinds, and an earlier program still writes`()
    async throws
  {
    let path = folder.path("old.db")
    func insert(_ id: Int, _ kind: String) -> String {
      """
      INSERT INTO alert (id, at, component_id, process_id, kind, status, previous_status, message)
      VALUES (\(id), \(id), 1, 1, '\(kind)', 3, NULL, 'm');
      INSERT INTO feed (kind, id) VALUES (4, \(id));
      """
    }
    let steps = Array(Migration.all.prefix { $0.name != "alert_kinds" })
    let old = try Connection(path: path, mode: .readWriteCreate)
    try Migrator(migrations: steps).migrate(old, ledger: path, now: Timestamp(microseconds: 0))
    try old.execute(
      """
      INSERT INTO component VALUES (1, 'api', 0, 0, 0);
      INSERT INTO process (id, node, host, pid, program, started_at, last_write_at) VALUES (1, 0, 'h', 1, 'p', 0, 0);
      \(insert(1, "raised"))
      """)
    func kinds() async throws -> [[AlertRecord.Kind]] {
      let reader = try SQLiteLedgerReader(path: path)
      let events = try await reader.feed.events(after: 0, limit: 9).compactMap {
        if case .alert(let alert) = $0.event { alert.kind } else { nil }
      }
      return [
        try await reader.checks.recentAlerts(component: nil, limit: 9).map(\.kind),
        try await reader.checks.recentAlerts(component: "api", limit: 9).map(\.kind), events,
        try await reader.checks.latestAlerts().values.map(\.kind),
      ]
    }
    #expect(try await kinds() == [[.raised], [.raised], [.raised], [.raised]])
    try Migrator(migrations: Migration.all).migrate(old, ledger: path, now: Timestamp(microseconds: 0))
    #expect(Migration.all.allSatisfy { $0.oldestWriter == 3 })
    try old.execute(insert(2, "recovered"))
    let both = [AlertRecord.Kind.raised, .recovered]
    #expect(try await kinds() == [both, both, both, [.recovered]])
    #expect(
      try old.rows("SELECT kind || resolved FROM v_alerts ORDER BY id") { $0.text(0) } == [
        "raised0", "recovered1",
      ])
  }

  @Test func `the views are as documented`() throws {
    let columns: [String: [String]] = [
      "v_feed": ["position", "kind", "id"],
      "v_errors": [
        "id", "time", "component", "operation", "execution_id", "attempt", "category", "severity",
        "transient",
        "type", "message", "fingerprint", "rule", "retry_after_ms", "request_id", "user_id", "metadata",
        "occurrences", "process_id", "cause_id", "parent_execution_id",
      ],
      "v_recoveries": [
        "id", "time", "component", "operation", "execution_id", "error_id", "action", "success", "outcome",
        "attempts", "duration_ms", "message", "metadata", "occurrences", "process_id", "request_id",
        "user_id", "gave_up", "parent_execution_id",
      ],
      "v_samples": [
        "id", "time", "component", "epoch", "successes", "failures", "rejected", "cancelled", "caller_errors",
        "stale", "duration_sum_ms", "duration_max_ms", "histogram", "process_id", "rejected_circuit",
        "rejected_bulkhead",
      ],
      "v_rejected_calls": [
        "id", "time", "component", "operation", "reason", "execution_id", "error_id", "request_id", "user_id",
        "process_id",
      ],
      "v_rejections": ["minute", "component", "operation", "reason", "calls", "epoch"],
      "v_outcomes": [
        "minute", "component", "attempts", "extra_attempts", "executions", "rejected", "saved", "degraded",
        "undone", "lost", "interrupted",
      ],
      "v_policies": ["id", "time", "component", "source", "hash", "json", "process_id"],
      "v_breakers": [
        "component", "state", "failure_count", "success_count", "consecutive_trips", "probe_rounds",
        "tripped",
        "open_until", "trip_error_id", "last_failure", "override", "override_actor", "override_reason",
        "override_expires", "version", "window_calls", "window_failures", "window_slow_calls",
      ],
      "v_transitions": [
        "id", "time", "component", "from_state", "to_state", "reason", "failure_count", "consecutive_trips",
        "open_until", "error_id", "actor", "note", "process_id",
      ],
      "v_checks": [
        "id", "time", "component", "status", "previous_status", "error_rate", "total_requests",
        "failed_requests", "response_time_ms", "message", "issues", "process_id",
      ],
      "v_alerts": [
        "id", "time", "component", "kind", "status", "previous_status", "message", "process_id", "resolved",
      ],
      "v_component_changes": ["id", "time", "component", "kind", "actor", "process_id"],
      "v_watermarks": ["table_name", "resolution", "pruned_before", "last_position", "deleted", "pruned"],
      "v_pins": ["id", "time", "since", "until", "component", "reason", "actor", "removed", "removed_by"],
      "v_error_groups": [
        "id", "component", "fingerprint", "release", "category", "severity", "type", "message", "first",
        "last",
        "entries", "occurrences", "referred", "last_error_id",
      ],
      "v_releases": [
        "hour", "component", "release", "successes", "failures", "rejected", "cancelled", "caller_errors",
        "stale", "duration_sum_ms", "duration_max_ms",
      ],
      "v_incident_notes": ["id", "time", "incident", "kind", "text", "actor"],
      "v_trouble_minutes": ["minute_at", "component_id", "epoch", "successes", "failures", "rejected"],
      "v_upkeep": ["id", "time", "kind", "outcome", "figures", "duration_ms"],
      "v_gaps": ["id", "time", "component", "kind", "events", "process_id"],
      "v_processes": [
        "id", "host", "pid", "program", "release", "started", "last_write", "ended", "end_kind",
      ],
    ]
    for (view, expected) in columns {
      #expect(try connection.prepare("SELECT * FROM \(view)").columnNames == expected, "\(view)")
    }
    let views = try connection.rows("SELECT name FROM sqlite_schema WHERE type = 'view'") { $0.text(0) }
    #expect(Set(views) == Set(columns.keys))
  }
}
