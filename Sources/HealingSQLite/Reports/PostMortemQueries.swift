public import Healing
import HealingQueries

extension ReportQuery<IncidentMinute> {
  package static let incidentMinutes = ReportQuery(
    query: .incidentMinutes,
    columns: [
      "component", "minute_at", "attempts", "failures", "executions", "extra_attempts", "rejected", "saved",
      "degraded", "unanswered",
    ]
  ) { row in
    var minute = IncidentMinute(component: row.component("component"), at: row.time("minute_at"))
    minute.attempts = row.count("attempts")
    minute.failures = row.count("failures")
    minute.executions = row.count("executions")
    minute.extraAttempts = row.count("extra_attempts")
    minute.rejected = row.count("rejected")
    minute.saved = row.count("saved")
    minute.degraded = row.count("degraded")
    minute.unanswered = row.count("unanswered")
    return minute
  }
}

/// A row of `incident_times.sql`.
package struct IncidentTimeRow: Sendable {
  let name: String
  let moment: PostMortem.Moment
}

extension ReportQuery<IncidentTimeRow> {
  package static let incidentTimes = ReportQuery(
    query: .incidentTimes, columns: ["name", "source", "ref", "at", "message", "actor"]
  ) { row in
    IncidentTimeRow(
      name: row.text("name"),
      moment: PostMortem.Moment(
        at: row.time("at"), isExact: true, source: row.text("source"), ref: row.id("ref"),
        text: row.optionalText("message"), actor: row.optionalText("actor")))
  }
}

extension ReportQuery<PostMortem.Reach> {
  package static let incidentReach = ReportQuery(
    query: .incidentReach, columns: ["requests", "unanswered_requests", "users", "unanswered_users"]
  ) { row in
    PostMortem.Reach(
      requests: row.count("requests"), unansweredRequests: row.count("unanswered_requests"),
      users: row.count("users"), unansweredUsers: row.count("unanswered_users"))
  }
}

extension ReportQuery<PostMortem.User> {
  package static let incidentUsers = ReportQuery(query: .incidentUsers, columns: ["user_id", "requests"]) {
    PostMortem.User(userID: $0.text("user_id"), requests: $0.count("requests"))
  }
}

extension ReportQuery<CircuitOpening> {
  package static let breakerOpenings = ReportQuery(
    query: .breakerOpenings,
    columns: [
      "component", "ref", "at", "reason", "actor", "error_id", "closed_at", "closed_by", "probe_at",
      "first_probe", "probes_won", "probes_lost", "rejected", "attempts_before", "failures_before",
      "attempts_meanwhile", "failures_meanwhile",
    ]
  ) { row in
    CircuitOpening(
      component: row.component("component"), ref: row.id("ref"), at: row.time("at"),
      reason: row.text("reason"), actor: row.optionalText("actor"), errorID: row.optionalID("error_id"),
      closedAt: row.optionalTime("closed_at"), closedBy: row.optionalText("closed_by"),
      firstProbeSucceeded: row.isNull("first_probe") ? nil : row.bool("first_probe"),
      probesWon: row.count("probes_won"), probesLost: row.count("probes_lost"),
      rejected: row.count("rejected"), attemptsBefore: row.count("attempts_before"),
      failuresBefore: row.count("failures_before"), attemptsMeanwhile: row.count("attempts_meanwhile"),
      failuresMeanwhile: row.count("failures_meanwhile"))
  }
}

/// The figures of a row of `release_compare.sql`, without the names of the releases.
package struct ReleaseCompareRow: Sendable {
  let component: ComponentName
  let stretches: Int64
  let resolution: Int64
  let attemptsA: Int64
  let failuresA: Int64
  let attemptsB: Int64
  let failuresB: Int64
  let badB: Int64
}

extension ReportQuery<ReleaseCompareRow> {
  package static let releaseCompare = ReportQuery(
    query: .releaseCompare,
    columns: [
      "component", "stretches", "resolution", "attempts_a", "failures_a", "attempts_b", "failures_b", "bad_b",
      "attempts_all_a", "failures_all_a", "attempts_all_b", "failures_all_b",
    ]
  ) { row in
    ReleaseCompareRow(
      component: row.component("component"), stretches: row.count("stretches"),
      resolution: row.count("resolution"), attemptsA: row.count("attempts_a"),
      failuresA: row.count("failures_a"), attemptsB: row.count("attempts_b"),
      failuresB: row.count("failures_b"), badB: row.count("bad_b"))
  }

  /// Compares two releases.
  package func compare(
    _ a: String?, _ b: String?, _ range: LedgerRange, _ component: ComponentName?, on connection: Connection
  ) throws(SQLiteError) -> [ReleaseComparison] {
    var comparisons = try connection.rows(query.sql) { statement in
      statement.bind(name: ":since", range.since?.microseconds)
      statement.bind(name: ":until", range.until?.microseconds)
      statement.bind(name: ":component", component?.text)
      statement.bind(name: ":release_a", a ?? "")
      statement.bind(name: ":release_b", b ?? "")
    } _: { row in
      let found = decode(row)
      return ReleaseComparison(
        component: found.component, releaseA: a, releaseB: b, stretches: found.stretches,
        resolutionSeconds: found.resolution, attemptsA: found.attemptsA, failuresA: found.failuresA,
        attemptsB: found.attemptsB, failuresB: found.failuresB, badStretchesB: found.badB)
    }
    guard comparisons.contains(where: { $0.verdict == .accused }) else { return comparisons }
    let last = try connection.integer("SELECT max(last_write_at) FROM process") ?? 0
    let end = range.until ?? Timestamp(microseconds: last)
    let since = (range.since ?? end) + .seconds(-90 * 86_400)
    let debuts = try ReportQuery<ReleaseDebut>.releaseDebuts.run(
      on: connection, LedgerRange(since: since, until: end), component)
    for index in comparisons.indices { comparisons[index].weigh(debuts) }
    return comparisons
  }
}

extension ReportQuery<ReleaseDebut> {
  package static let releaseDebuts = ReportQuery(
    query: .releaseDebuts, columns: ["component", "release", "at", "attempts", "failures"]
  ) { row in
    ReleaseDebut(
      component: row.component("component"), release: row.text("release"), at: row.time("at"),
      attempts: row.count("attempts"), failures: row.count("failures"))
  }
}

/// A row of `spread.sql`.
package struct SpreadRow: Sendable {
  let component: ComponentName
  let link: PostMortem.Link
}

extension ReportQuery<SpreadRow> {
  package static let spread = ReportQuery(
    query: .spread, columns: ["component", "errors", "with_request", "shared", "caused"]
  ) { row in
    SpreadRow(
      component: row.component("component"),
      link: PostMortem.Link(
        errors: row.count("errors"), withRequest: row.count("with_request"), shared: row.count("shared"),
        caused: row.count("caused")))
  }
}

/// The row of `coverage.sql`.
package struct CoverageRow: Sendable {
  let calls: Int64
  let gapEvents: Int64
  let interruptedRuns: Int64
  let clockSteps: Int64
  let firstErrorID: LedgerID?
  let lastErrorID: LedgerID?
  let rowsPrunedBefore: Timestamp?
}

extension ReportQuery<CoverageRow> {
  package static let coverage = ReportQuery(
    query: .coverage,
    columns: [
      "calls", "gap_events", "interrupted_runs", "clock_steps", "first_ref", "last_ref", "rows_pruned_before",
    ]
  ) { row in
    CoverageRow(
      calls: row.count("calls"), gapEvents: row.count("gap_events"),
      interruptedRuns: row.count("interrupted_runs"), clockSteps: row.count("clock_steps"),
      firstErrorID: row.optionalID("first_ref"), lastErrorID: row.optionalID("last_ref"),
      rowsPrunedBefore: row.optionalTime("rows_pruned_before"))
  }

  package func report(_ range: LedgerRange, on connection: Connection) throws(SQLiteError) -> LedgerCoverage {
    let row = try run(on: connection, range, nil).first
    let pruned = row?.rowsPrunedBefore
    return LedgerCoverage(
      calls: row?.calls ?? 0, gapEvents: row?.gapEvents ?? 0, interruptedRuns: row?.interruptedRuns ?? 0,
      clockSteps: row?.clockSteps ?? 0, firstErrorID: row?.firstErrorID, lastErrorID: row?.lastErrorID,
      hasRows: pruned.map { pruned in range.since.map { $0 >= pruned } ?? false } ?? true)
  }
}

extension ReportQuery<ErrorDifference> {
  package static let differentAbout = ReportQuery(
    query: .differentAbout, columns: ["dimension", "value", "count", "total", "before", "total_before"]
  ) { row in
    ErrorDifference(
      dimension: row.text("dimension"), value: row.text("value"), count: row.count("count"),
      total: row.count("total"), before: row.count("before"), totalBefore: row.count("total_before"))
  }
}

/// The row of `seen_before.sql`.
package struct SeenBeforeRow: Sendable {
  /// Weighted Jaccard index, 0...1.
  let similarity: Double
  let common: Int64
}

extension ReportQuery<SeenBeforeRow> {
  package static let seenBefore = ReportQuery(query: .seenBefore, columns: ["shared", "united", "common"]) {
    row in
    let united = row.double("united")
    return SeenBeforeRow(
      similarity: united > 0 ? min(1, max(0, row.double("shared") / united)) : 0, common: row.count("common"))
  }

  /// Compares the errors of two ranges.
  package func compare(_ range: Range<Timestamp>, _ other: Range<Timestamp>, on connection: Connection)
    throws(SQLiteError) -> SeenBeforeRow?
  {
    try connection.rows(query.sql) { statement in
      statement.bind(name: ":since", range.lowerBound.microseconds)
      statement.bind(name: ":until", range.upperBound.microseconds)
      statement.bind(name: ":other_since", other.lowerBound.microseconds)
      statement.bind(name: ":other_until", other.upperBound.microseconds)
    } _: {
      decode($0)
    }.first
  }
}

extension ReportQuery<OverrideEffect> {
  package static let overrideEffect = ReportQuery(
    query: .overrideEffect,
    columns: [
      "component", "ref", "at", "reason", "actor", "note", "attempts_before", "failures_before",
      "calls_before", "unanswered_before", "attempts_after", "failures_after", "calls_after",
      "unanswered_after",
    ]
  ) { row in
    OverrideEffect(
      component: row.component("component"), ref: row.id("ref"), at: row.time("at"),
      action: row.text("reason"), actor: row.optionalText("actor"), note: row.optionalText("note"),
      before: OverrideEffect.Side(
        attempts: row.count("attempts_before"), failures: row.count("failures_before"),
        calls: row.count("calls_before"), unanswered: row.count("unanswered_before")),
      after: OverrideEffect.Side(
        attempts: row.count("attempts_after"), failures: row.count("failures_after"),
        calls: row.count("calls_after"), unanswered: row.count("unanswered_after")))
  }
}

extension SQLiteLedgerReader {
  /// Returns the draft of a post-mortem.
  /// - Parameters:
  ///   - incident: the incident's id, or one that a note has merged into it.
  ///   - rules: what makes an incident. The id depends on them.
  ///   - now: the time for which the draft holds: later rows are left out. Default: the present.
  ///   - withUsers: whether to list users by their ids. Default: they are only counted.
  /// - Returns: `nil` when there is no such incident.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func postMortem(
    of incident: String, rules: IncidentRules = IncidentRules(),
    now: Timestamp = SystemTimeSource().wallClock(), withUsers: Bool = false
  ) async throws(LedgerError) -> PostMortem? {
    try await readers.read("the incident") { connection throws(SQLiteError) in
      try PostMortemComposer(connection: connection, rules: rules, now: now)
        .compose(incident, withUsers: withUsers)
    }
  }

  /// Returns each opening of a circuit that began in a range, oldest first, with what it cost and whether it was right.
  /// - Parameters:
  ///   - range: the times; default: all whose rows are kept.
  ///   - component: the component; default: all.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func openings(_ range: LedgerRange = .all, component: ComponentName? = nil)
    async throws(LedgerError) -> [CircuitOpening]
  {
    try await readers.read("the openings of circuits") { connection throws(SQLiteError) in
      try ReportQuery<CircuitOpening>.breakerOpenings.run(on: connection, range, component)
    }
  }

  /// Returns each act of an operator on a circuit in a range, oldest first, with the five minutes before and after it.
  /// - Parameters:
  ///   - range: the times; default: all whose rows are kept.
  ///   - component: the component; default: all.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func overrideEffects(_ range: LedgerRange = .all, component: ComponentName? = nil)
    async throws(LedgerError) -> [OverrideEffect]
  {
    try await readers.read("the effect of overrides") { connection throws(SQLiteError) in
      try ReportQuery<OverrideEffect>.overrideEffect.run(on: connection, range, component)
    }
  }

  /// Returns what is different about the errors of a range, compared with the stretch before that is four times as long, a
  /// day at most. ``ErrorDifference/notable(_:)`` selects those that are more than chance.
  /// - Parameters:
  ///   - range: the times.
  ///   - component: the component; default: all but those of alerts.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func differences(_ range: Range<Timestamp>, component: ComponentName? = nil)
    async throws(LedgerError) -> [ErrorDifference]
  {
    try await readers.read("the differences") { connection throws(SQLiteError) in
      try ReportQuery<ErrorDifference>.differentAbout.run(
        on: connection, LedgerRange(since: range.lowerBound, until: range.upperBound), component)
    }
  }

  /// Returns how complete the ledger is in a range.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func coverage(_ range: LedgerRange = .all) async throws(LedgerError) -> LedgerCoverage {
    try await readers.read("the coverage") { connection throws(SQLiteError) in
      try ReportQuery<CoverageRow>.coverage.report(range, on: connection)
    }
  }

  /// Compares two releases that served at once, by component, in stretches in which both had at least 30 attempts.
  /// - Parameters:
  ///   - a: the first release; `nil` for programs that gave none.
  ///   - b: the second release, which the verdict is about.
  ///   - range: the times; default: all. The rows of calls of the range are read.
  ///   - component: the component; default: all.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func compareReleases(
    _ a: String?, _ b: String?, _ range: LedgerRange = .all, component: ComponentName? = nil
  ) async throws(LedgerError) -> [ReleaseComparison] {
    try await readers.read("the releases") { connection throws(SQLiteError) in
      try ReportQuery<ReleaseCompareRow>.releaseCompare.compare(a, b, range, component, on: connection)
    }
  }
}
