package import Healing

extension PostMortem {
  /// A draft in which every text of a program or a person is `text`, and every section has rows.
  package static func hostile(_ text: String) -> PostMortem {
    let at = Timestamp(microseconds: 1_767_225_600_000_000)
    let name = ComponentName(text)
    let ref = LedgerID(rawValue: 42)
    let member = Incident.Member(
      component: name, isMember: true, startedAt: at, endedAt: at + .seconds(300), isExact: true,
      badMinutes: 5,
      failures: 100, successes: 50, rejected: 10)
    let incident = Incident(
      id: text, firstComponent: name, startedAt: at, endedAt: at + .seconds(300), isOngoing: false,
      isProvisional: false, isChained: true, previousID: text, members: [member])
    let moment = Moment(
      at: at, isExact: true, source: "error", ref: ref, component: name, text: text, actor: text)
    let notes = IncidentNote.Kind.allCases.map {
      IncidentNote(id: 1, at: at, incident: text, kind: $0, text: text, actor: text)
    }
    var draft = PostMortem(
      id: text, merged: [text], incident: incident, rules: IncidentRules(), computedAt: at,
      coverage: LedgerCoverage(
        calls: 1_000, gapEvents: 1, interruptedRuns: 1, clockSteps: 1, firstErrorID: ref, lastErrorID: ref,
        hasRows: false),
      times: Times(
        started: moment, tripped: moment, told: moment, detected: moment, acted: moment, mitigated: moment,
        ended: Moment(at: at + .seconds(300), isExact: false, source: "minute"), isOngoing: false),
      reach: Reach(requests: 5, unansweredRequests: 4, users: 3, unansweredUsers: 2), notes: notes)
    draft.members = [
      Member(member, startedAt: at, link: Link(errors: 10, withRequest: 5, shared: 4, caused: 3))
    ]
    var ended = ExecutionTotals()
    (ended.executions, ended.saved, ended.degraded, ended.lost) = (100, 5, 4, 30)
    let impact = ComponentImpact(
      component: name, attempts: 150, failures: 100, extraAttempts: 50, executions: ended,
      actualSuccess: 1.0 / 3,
      effectiveSuccess: 0.7, amplification: 1.5)
    (draft.impact, draft.baseline, draft.totals) = ([impact], [impact], ComponentImpact(sumOf: [impact]))
    draft.users = [User(userID: text, requests: 3)]
    for minute in [0, 1, 2, 4, 9] {
      var row = IncidentMinute(component: name, at: at + .seconds(60 * minute))
      (row.attempts, row.failures, row.executions, row.unanswered) = (10, 5, 8, Int64(minute))
      draft.minutes.append(row)
    }
    draft.retries = [
      RetryEffect(
        component: name, badMinutes: 5, attempts: 150, extraAttempts: 50, saved: 0, actualSuccess: nil,
        effectiveSuccess: 0.5, amplification: 1.5, sustainedMinutes: 2, verdict: .madeWorse)
    ]
    draft.attempts = [
      AttemptEffect(
        component: name, category: .network, attempt: 2, tried: 200, won: 0, avgRetryMs: 1, merged: 0)
    ]
    draft.openings = [
      CircuitOpening(
        component: name, ref: ref, at: at, reason: text, actor: text, errorID: ref, closedAt: nil,
        closedBy: text,
        firstProbeSucceeded: true, probesWon: 1, probesLost: 0, rejected: 10, attemptsBefore: 10,
        failuresBefore: 5,
        attemptsMeanwhile: 0, failuresMeanwhile: 0)
    ]
    let side = OverrideEffect.Side(attempts: 10, failures: 1, calls: 100, unanswered: 1)
    draft.overrides = [
      OverrideEffect(
        component: name, ref: ref, at: at, action: text, actor: text, note: text, before: side, after: side)
    ]
    draft.releases = [
      ReleaseComparison(
        component: name, releaseA: text, releaseB: nil, stretches: 5, resolutionSeconds: 60, attemptsA: 100,
        failuresA: 0, attemptsB: 100, failuresB: 50, badStretchesB: 5)
    ]
    let entry = Entry(at: at, kind: "fault", component: name, text: text, actor: text)
    (draft.contributors, draft.timeline) = ([entry], [entry])
    draft.faults = [
      ErrorGroup(
        component: name, fingerprint: Fingerprint(text: text), category: .network, severity: .high,
        type: text,
        message: text, firstAt: at, lastAt: at, occurrences: 100, referred: 0, total: 200, releases: 2,
        firstRelease: text, lastRelease: nil, standing: .new, isSpreading: true, lastErrorID: ref)
    ]
    draft.differences = [
      ErrorDifference(dimension: "operation", value: text, count: 50, total: 100, before: 1, totalBefore: 100)
    ]
    draft.seenBefore = [
      SimilarIncident(
        id: text, title: text, startedAt: at, endedAt: at, similarity: 0.5, commonFaults: 1, endedBy: text)
    ]
    draft.endedBy = text
    return draft
  }
}
