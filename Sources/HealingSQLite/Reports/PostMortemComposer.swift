import Healing

/// Composes the draft of a post-mortem from the reports on an outage, in one read transaction.
struct PostMortemComposer {
  let connection: Connection
  let rules: IncidentRules
  let now: Timestamp

  private static let minute = Duration.seconds(60)
  private static let hour = Duration.seconds(3_600)
  /// How long before an incident similar ones are searched.
  private static let memory = Duration.seconds(31 * 86_400)
  /// Entries of a component in ``PostMortem/minutes``.
  private static let chartEntries: Int64 = 240
  /// Openings of circuits in a draft, and acts of operators.
  private static let mostOpenings = 1_000

  /// The parts that several sections need.
  private struct Parts {
    let incident: Incident
    let names: [ComponentName]
    /// The whole minutes from the first bad one to the end of the last one.
    let range: Range<Timestamp>
    /// What callers of the members saw from 10 minutes before to 10 minutes after, by minute.
    let minutes: [IncidentMinute]
    let notes: [IncidentNote]
    /// What happened from an hour before on, without what other components did.
    let events: [TimelineEvent]

    var ledgerRange: LedgerRange { LedgerRange(since: range.lowerBound, until: range.upperBound) }
    var minutesWithin: [IncidentMinute] { minutes.filter { range.contains($0.at) } }
  }

  /// - Returns: `nil` when there is no such incident.
  func compose(_ word: String, withUsers: Bool) throws(SQLiteError) -> PostMortem? {
    let merges = MergedIncidents(try IncidentNoteTable.merges(connection))
    let id = merges.root(of: word)
    guard let found = try incidents(around: id), let own = found.first(where: { $0.id == id }) else {
      return nil
    }
    var whole = own
    var merged: [String] = []
    for part in merges.parts(of: id) {
      guard let other = try incidents(around: part)?.first(where: { $0.id == part }) else { continue }
      whole.join(other)
      merged.append(part)
    }
    let parts = try parts(of: whole, ids: [id] + merged)
    let mitigated = mitigation(parts)
    var draft = PostMortem(
      id: id, merged: merged, incident: whole, rules: rules, computedAt: now,
      coverage: try ReportQuery<CoverageRow>.coverage.report(parts.ledgerRange, on: connection),
      times: try times(parts, mitigated: mitigated), reach: try reach(parts), notes: parts.notes)
    draft.members = try members(parts)
    try addImpact(&draft, parts)
    if withUsers {
      draft.users = try ReportQuery<PostMortem.User>.incidentUsers.run(
        on: connection, parts.ledgerRange, nil, limit: 100)
    }
    try addRecovery(&draft, parts)
    draft.releases = try releases(parts)
    draft.faults = Array(
      try ReportQuery<ErrorGroup>.errorGroups.run(on: connection, parts.ledgerRange, nil, limit: 200)
        .filter { parts.names.contains($0.component) }.prefix(20))
    draft.differences = Array(
      ErrorDifference.notable(
        try ReportQuery<ErrorDifference>.differentAbout.run(on: connection, parts.ledgerRange, nil)
      ).prefix(8))
    draft.contributors = PostMortemTimeline.contributors(parts.events, before: parts.range.lowerBound)
    draft.endedBy = PostMortemTimeline.end(
      parts.events, before: mitigated?.at ?? parts.range.upperBound)
    draft.seenBefore = try seenBefore(parts, among: found, merges: merges, except: [id] + merged)
    draft.timeline = PostMortemTimeline.entries(
      parts.events, incident: whole, range: parts.range, minutes: parts.minutesWithin, mitigated: mitigated)
    return draft
  }

  /// Returns the incidents from a month before an id's minute up to it; `nil` when the id has no minute.
  private func incidents(around id: String) throws(SQLiteError) -> [Incident]? {
    guard let minute = Incident.minute(ofID: id) else { return nil }
    let range = LedgerRange(
      since: minute + .seconds(-Self.memory.components.seconds), until: minute + Self.minute)
    return try ReportQuery<IncidentRow>.incidents.report(range, nil, rules, now: now, on: connection)
      .incidents
  }

  private func parts(of incident: Incident, ids: [String]) throws(SQLiteError) -> Parts {
    let names = incident.components
    let first = incident.startedAt.microseconds
    let start = Timestamp(microseconds: first - first % 60_000_000)
    let end = max(incident.endedAt, start + Self.minute)
    let notes = try IncidentNoteTable.notes(on: ids, connection)
    let around = LedgerRange(since: start + .seconds(-600), until: end + .seconds(600))
    let minutes = try ReportQuery<IncidentMinute>.incidentMinutes.run(on: connection, around, nil)
    let long = LedgerRange(since: start + .seconds(-3_600), until: end + rules.quiet + Self.minute)
    let noteIDs = Set(notes.map(\.id))
    let events = try ReportQuery<TimelineEvent>.incidentTimeline.run(on: connection, long, nil, limit: 20_000)
      .filter { event in
        if event.kind == "note" { return noteIDs.contains(event.ref.rawValue) }
        // Commands register a run of their own; they serve no calls.
        if event.kind == "release" || event.kind == "run" {
          return !(event.text?.hasPrefix("healing ") ?? false)
        }
        return event.component.map { names.contains($0) || event.actor != nil } ?? true
      }
    return Parts(
      incident: incident, names: names, range: start..<end,
      minutes: minutes.filter { names.contains($0.component) }, notes: notes, events: events)
  }

  // MARK: Times

  /// Returns the first minute from which on callers of every member were answered until the end; `nil` when they were not before the
  /// end, or when the ledger does not know how executions ended.
  private func mitigation(_ parts: Parts) -> PostMortem.Moment? {
    let minutes = parts.minutesWithin
    guard minutes.contains(where: { $0.calls > 0 }) else { return nil }
    let bad = minutes.filter { minute in
      minute.unanswered > 0 && minute.effectiveError.map { $0 >= rules.threshold } ?? false
    }
    guard let last = bad.map(\.at).max() else {
      return PostMortem.Moment(
        at: parts.incident.startedAt, isExact: false, source: "minute",
        text: "callers were answered throughout")
    }
    let next = last + Self.minute
    guard next < parts.range.upperBound else { return nil }
    return PostMortem.Moment(at: next, isExact: false, source: "minute")
  }

  private func times(_ parts: Parts, mitigated: PostMortem.Moment?) throws(SQLiteError) -> PostMortem.Times {
    // An alert can come after the last bad minute.
    let range = LedgerRange(since: parts.range.lowerBound, until: parts.range.upperBound + rules.quiet)
    var rows: [IncidentTimeRow] = []
    for name in parts.names {
      rows += try ReportQuery<IncidentTimeRow>.incidentTimes.run(on: connection, range, name).map { row in
        var moment = row.moment
        moment.component = name
        return IncidentTimeRow(name: row.name, moment: moment)
      }
    }
    func first(_ name: String, before end: Timestamp) -> PostMortem.Moment? {
      rows.filter { $0.name == name && $0.moment.at < end }.map(\.moment).min { $0.at < $1.at }
    }
    let incident = parts.incident
    let started =
      rows.first { $0.name == "started" && $0.moment.at == incident.startedAt }?.moment
      ?? PostMortem.Moment(
        at: incident.startedAt, isExact: false, source: "minute",
        component: incident.components.first ?? incident.firstComponent)
    let acted = first("acted", before: parts.range.upperBound)
    let note = parts.notes.first { $0.at >= parts.range.lowerBound && $0.at < parts.range.upperBound }.map {
      PostMortem.Moment(
        at: $0.at, isExact: true, source: "incident_note", ref: LedgerID(rawValue: $0.id),
        text: "\($0.kind.rawValue): \($0.text)", actor: $0.actor)
    }
    let detected = parts.notes.last { $0.kind == .detectedAt }.flatMap { note in
      Timestamp(iso8601: note.text).map {
        PostMortem.Moment(
          at: $0, isExact: false, source: "incident_note", ref: LedgerID(rawValue: note.id),
          actor: note.actor)
      }
    }
    return PostMortem.Times(
      started: started, tripped: first("tripped", before: parts.range.upperBound),
      told: first("told", before: parts.range.upperBound + rules.quiet), detected: detected,
      acted: [acted, note].compactMap(\.self).min { $0.at < $1.at }, mitigated: mitigated,
      ended: PostMortem.Moment(at: incident.endedAt, isExact: false, source: "minute"),
      isOngoing: incident.isOngoing)
  }

  // MARK: Impact

  private func reach(_ parts: Parts) throws(SQLiteError) -> PostMortem.Reach {
    try ReportQuery<PostMortem.Reach>.incidentReach.run(on: connection, parts.ledgerRange, nil).first
      ?? PostMortem.Reach(requests: 0, unansweredRequests: 0, users: 0, unansweredUsers: 0)
  }

  private func members(_ parts: Parts) throws(SQLiteError) -> [PostMortem.Member] {
    let incident = parts.incident
    let links = try ReportQuery<SpreadRow>.spread.run(
      on: connection, parts.ledgerRange, incident.components.first ?? incident.firstComponent)
    return incident.members.map { member in
      PostMortem.Member(
        member, startedAt: incident.startedAt,
        link: links.first { $0.component == member.component }?.link)
    }
  }

  private func addImpact(_ draft: inout PostMortem, _ parts: Parts) throws(SQLiteError) {
    let query = ReportQuery<ComponentImpact>.incidentImpact
    func ofMembers(_ range: LedgerRange) throws(SQLiteError) -> [ComponentImpact] {
      let all = try query.byMinutes(range, on: connection)
      return parts.names.compactMap { name in all.first { $0.component == name } }
    }
    draft.impact = try ofMembers(parts.ledgerRange)
    draft.totals = ComponentImpact(sumOf: draft.impact)
    let length = parts.range.upperBound - parts.range.lowerBound
    let before: Duration = min(.seconds(4 * length.components.seconds), .seconds(86_400))
    draft.baseline = try ofMembers(
      LedgerRange(
        since: parts.range.lowerBound + .seconds(-before.components.seconds), until: parts.range.lowerBound))
    let span = (length.components.seconds + 1_200) / 60
    let step = max(1, (span + Self.chartEntries - 1) / Self.chartEntries)
    draft.minutesStep = Int(step)
    draft.minutes = Self.merged(parts.minutes, step: step)
  }

  /// Returns the minutes of each component summed over stretches of `step` minutes.
  private static func merged(_ minutes: [IncidentMinute], step: Int64) -> [IncidentMinute] {
    guard step > 1 else { return minutes }
    struct Key: Hashable {
      let component: ComponentName
      let at: Int64
    }
    var sums: [Key: IncidentMinute] = [:]
    for minute in minutes {
      let at = minute.at.microseconds
      let key = Key(component: minute.component, at: at - at % (step * 60_000_000))
      sums[
        key, default: IncidentMinute(component: key.component, at: Timestamp(microseconds: key.at))
      ].add(minute)
    }
    return sums.values.sorted { ($0.at, $0.component.text) < ($1.at, $1.component.text) }
  }

  // MARK: What recovery did

  private func addRecovery(_ draft: inout PostMortem, _ parts: Parts) throws(SQLiteError) {
    func isOfMember(_ name: ComponentName) -> Bool { parts.names.contains(name) }
    let range = parts.ledgerRange
    draft.retries = try ReportQuery<RetryEffect>.retryEffect.run(on: connection, range, nil)
      .filter { isOfMember($0.component) }
    draft.attempts = try ReportQuery<AttemptEffect>.attemptEffect.run(on: connection, range, nil)
      .filter { isOfMember($0.component) }
    // A circuit that opens and closes all the time would fill the document.
    draft.openings = Array(
      try ReportQuery<CircuitOpening>.breakerOpenings.run(on: connection, range, nil)
        .filter { isOfMember($0.component) }.prefix(Self.mostOpenings))
    draft.overrides = Array(
      try ReportQuery<OverrideEffect>.overrideEffect.run(on: connection, range, nil)
        .filter { isOfMember($0.component) }.prefix(Self.mostOpenings))
  }

  /// Two releases; `nil` is of programs that gave none.
  private struct Pair: Hashable {
    let a: String?
    let b: String?
  }

  /// Compares the newest release of each member with the one before, where both served in the incident or the hour before.
  private func releases(_ parts: Parts) throws(SQLiteError) -> [ReleaseComparison] {
    let range = LedgerRange(
      since: parts.range.lowerBound + .seconds(-3_600), until: parts.range.upperBound)
    let served = try ReportQuery<ReleaseTotals>.releases.run(on: connection, range, nil)
    var pairs: [Pair: Set<ComponentName>] = [:]
    for name in parts.names {
      let own = served.filter { $0.component == name }.sorted {
        ($0.firstAt?.microseconds ?? 0, $0.release ?? "") < ($1.firstAt?.microseconds ?? 0, $1.release ?? "")
      }
      guard own.count >= 2 else { continue }
      pairs[Pair(a: own[own.count - 2].release, b: own[own.count - 1].release), default: []].insert(name)
    }
    var comparisons: [ReleaseComparison] = []
    for (pair, names) in pairs {
      comparisons += try ReportQuery<ReleaseCompareRow>.releaseCompare.compare(
        pair.a, pair.b, range, nil, on: connection
      ).filter { names.contains($0.component) }
    }
    return comparisons.sorted { $0.component.text < $1.component.text }
  }

  // MARK: Seen before

  /// Earlier incidents with less similarity are left out.
  private static let leastSimilarity = 0.2

  private func seenBefore(
    _ parts: Parts, among found: [Incident], merges: MergedIncidents, except own: [String]
  ) throws(SQLiteError) -> [SimilarIncident] {
    let earlier = found.filter { other in
      other.endedAt <= parts.range.lowerBound && !own.contains(other.id)
        && other.components.contains { parts.names.contains($0) }
    }.suffix(50)
    var similar: [(incident: Incident, row: SeenBeforeRow)] = []
    for incident in earlier {
      let row = try ReportQuery<SeenBeforeRow>.seenBefore.compare(
        parts.range, incident.startedAt..<max(incident.endedAt, incident.startedAt), on: connection)
      if let row, row.similarity >= Self.leastSimilarity { similar.append((incident, row)) }
    }
    similar.sort { ($1.row.similarity, $1.incident.endedAt) < ($0.row.similarity, $0.incident.endedAt) }
    var rows: [SimilarIncident] = []
    for (incident, row) in similar.prefix(3) {
      let root = merges.root(of: incident.id)
      let other = try self.parts(of: incident, ids: [root])
      rows.append(
        SimilarIncident(
          id: incident.id, title: other.notes.last { $0.kind == .title }?.text,
          startedAt: incident.startedAt, endedAt: incident.endedAt, similarity: row.similarity,
          commonFaults: row.common,
          endedBy: PostMortemTimeline.end(
            other.events, before: mitigation(other)?.at ?? other.range.upperBound)))
    }
    return rows
  }
}
