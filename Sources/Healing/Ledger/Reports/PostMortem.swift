/// The draft of a post-mortem of one incident: every figure of the ledger, and what people noted. Judgement is left to people.
///
/// docs/incidents.md defines each term and the bounds of each verdict. As JSON it has the schema ``schemaName``; a value that the
/// ledger does not have is missing.
public struct PostMortem: Sendable, Hashable, Encodable {
  /// Name and version of the JSON.
  public static let schemaName = "healing.incident/1"

  /// Whether the figures can change.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Status: String, Sendable, Codable, CaseIterable {
    /// The incident ended less than ``IncidentRules/quiet`` ago.
    case ongoing
    /// It ended, but a running process has not written for 10 s.
    case provisional
    /// It ended.
    case ended
  }

  /// A time of the incident, with the row that shows it.
  public struct Moment: Sendable, Hashable, Encodable {
    /// The time.
    public var at: Timestamp
    /// Whether a row has the time. Otherwise it is known to the minute.
    public var isExact: Bool
    /// The table of the row; `minute` for a sum by the minute.
    public var source: String
    /// Id of the row.
    public var ref: LedgerID?
    /// The component.
    public var component: ComponentName?
    /// What the row says.
    public var text: String?
    /// The person who acted.
    public var actor: String?

    package init(
      at: Timestamp, isExact: Bool, source: String, ref: LedgerID? = nil, component: ComponentName? = nil,
      text: String? = nil, actor: String? = nil
    ) {
      self.at = at
      self.isExact = isExact
      self.source = source
      self.ref = ref
      self.component = component
      self.text = text
      self.actor = actor
    }
  }

  /// The six times of an incident and the durations between them. A duration is never negative.
  public struct Times: Sendable, Hashable, Encodable {
    /// The first failed attempt, rejected call or opened circuit.
    public var started: Moment
    /// The first circuit that opened by itself.
    public var tripped: Moment?
    /// The first alert about a member.
    public var told: Moment?
    /// When people noticed the incident, by their own note. It stands beside ``told``.
    public var detected: Moment?
    /// The first act of an operator on a circuit of a member, or the first note while the incident lasted.
    public var acted: Moment?
    /// The first minute from which on callers were answered again, until the end.
    public var mitigated: Moment?
    /// The end of the last bad minute; the end so far while the incident is ongoing.
    public var ended: Moment
    /// Seconds from ``started`` to ``detected``, else to ``told``.
    public var ttdSeconds: Double?
    /// Seconds from there to ``acted``.
    public var ttaSeconds: Double?
    /// Seconds from ``started`` to ``mitigated``.
    public var ttmSeconds: Double?
    /// Seconds from ``started`` to ``ended``; `nil` while the incident is ongoing.
    public var ttrSeconds: Double?

    package init(
      started: Moment, tripped: Moment?, told: Moment?, detected: Moment?, acted: Moment?,
      mitigated: Moment?, ended: Moment, isOngoing: Bool
    ) {
      self.started = started
      self.tripped = tripped
      self.told = told
      self.detected = detected
      self.acted = acted
      self.mitigated = mitigated
      self.ended = ended
      func seconds(_ from: Moment?, _ to: Moment?) -> Double? {
        guard let from, let to else { return nil }
        return max(0, (to.at - from.at) / .seconds(1))
      }
      ttdSeconds = seconds(started, detected ?? told)
      ttaSeconds = seconds(detected ?? told, acted)
      ttmSeconds = seconds(started, mitigated)
      ttrSeconds = isOngoing ? nil : seconds(started, ended)
    }
  }

  /// How the errors of a member follow from those of the component that failed first.
  public struct Link: Sendable, Hashable, Encodable {
    /// Errors of the member.
    public var errors: Int64
    /// Those that name a request.
    public var withRequest: Int64
    /// Those whose request failed in the first component too.
    public var shared: Int64
    /// Those that refer to an error of the first component as their cause.
    public var caused: Int64

    package init(errors: Int64, withRequest: Int64, shared: Int64, caused: Int64) {
      self.errors = errors
      self.withRequest = withRequest
      self.shared = shared
      self.caused = caused
    }
  }

  /// An episode of a component.
  public struct Member: Sendable, Hashable, Encodable {
    /// The component.
    public var component: ComponentName
    /// Whether it belongs to the incident. `false` for the channel of an alert that failed meanwhile.
    public var isMember: Bool
    /// When it began to fail.
    public var startedAt: Timestamp
    /// Whether a row has this time. Otherwise it is known to the minute.
    public var startIsExact: Bool
    /// The end of its last bad minute.
    public var endedAt: Timestamp
    /// Seconds after the incident began. Failing first is an order, not a cause.
    public var lagSeconds: Double
    /// Number of bad minutes.
    public var badMinutes: Int64
    /// Failed attempts in minutes with trouble.
    public var failures: Int64
    /// Rejected calls.
    public var rejected: Int64
    /// How its errors follow from those of the first component; `nil` for that one, and without errors.
    public var link: Link?

    package init(_ member: Incident.Member, startedAt start: Timestamp, link: Link?) {
      component = member.component
      isMember = member.isMember
      startedAt = member.startedAt
      startIsExact = member.isExact
      endedAt = member.endedAt
      lagSeconds = max(0, (member.startedAt - start) / .seconds(1))
      badMinutes = member.badMinutes
      failures = member.failures
      rejected = member.rejected
      self.link = link
    }
  }

  /// Requests and users that met a failure, as far as rows name them.
  public struct Reach: Sendable, Hashable, Encodable {
    /// Requests with a failed attempt or a rejected call.
    public var requests: Int64
    /// Those that no recovery answered.
    public var unansweredRequests: Int64
    /// Users with such a request.
    public var users: Int64
    /// Users with an unanswered request.
    public var unansweredUsers: Int64

    package init(requests: Int64, unansweredRequests: Int64, users: Int64, unansweredUsers: Int64) {
      self.requests = requests
      self.unansweredRequests = unansweredRequests
      self.users = users
      self.unansweredUsers = unansweredUsers
    }
  }

  /// A user with failed requests.
  public struct User: Sendable, Hashable, Encodable {
    /// The user's id.
    public var userID: String
    /// Requests with a failed attempt or a rejected call.
    public var requests: Int64

    package init(userID: String, requests: Int64) {
      self.userID = userID
      self.requests = requests
    }
  }

  /// A line of the timeline.
  public struct Entry: Sendable, Hashable, Encodable {
    /// When it happened.
    public var at: Timestamp
    /// A kind of ``TimelineEvent``, or `started`, `peak`, `mitigated` or `ended`.
    public var kind: String
    /// The component.
    public var component: ComponentName?
    /// What happened.
    public var text: String
    /// The person who acted.
    public var actor: String?

    package init(
      at: Timestamp, kind: String, component: ComponentName?, text: String, actor: String? = nil
    ) {
      self.at = at
      self.kind = kind
      self.component = component
      self.text = text
      self.actor = actor
    }
  }

  /// What the incident was computed by.
  public struct Rules: Sendable, Hashable, Encodable {
    /// Version of the rules.
    public var version: Int
    /// See ``IncidentRules/threshold``.
    public var threshold: Double
    /// See ``IncidentRules/minFailures``.
    public var minFailures: Int64
    /// See ``IncidentRules/quiet``.
    public var quietSeconds: Int64
    /// See ``IncidentRules/longest``.
    public var maxSeconds: Int64
    /// Whether components were joined.
    public var joinsComponents: Bool

    package init(_ rules: IncidentRules) {
      version = IncidentRules.version
      threshold = rules.threshold
      minFailures = rules.minFailures
      quietSeconds = rules.quiet.components.seconds
      maxSeconds = rules.longest.components.seconds
      joinsComponents = rules.joinsComponents
    }
  }

  /// ``schemaName``.
  public private(set) var schema = PostMortem.schemaName
  /// The incident's id.
  public var id: String
  /// Its title, from a note.
  public var title: String?
  /// Ids of incidents that notes have merged into it.
  public var merged: [String]
  /// Whether the figures can change.
  public var status: Status
  /// Whether the first and the last part of the incident do not overlap.
  public var chained: Bool
  /// The incident that this one continues.
  public var previous: String?
  /// The rules.
  public var rules: Rules
  /// The time for which the draft holds.
  public var computedAt: Timestamp
  /// How complete the ledger is.
  public var coverage: LedgerCoverage
  /// The six times.
  public var times: Times
  /// The episodes, the first to fail first.
  public var members: [Member]
  /// What callers saw, all members together.
  public var totals: ComponentImpact
  /// What callers saw, by member.
  public var impact: [ComponentImpact]
  /// What callers saw in the stretch before, four times as long and a day at most, by member.
  public var baseline: [ComponentImpact]
  /// Requests and users that met a failure.
  public var reach: Reach
  /// The users with the most failed requests, 100 at most; empty unless asked for.
  public var users: [User]
  /// Length of an entry of ``minutes``, in minutes.
  public var minutesStep: Int
  /// What callers saw over time, from 10 minutes before to 10 minutes after.
  public var minutes: [IncidentMinute]
  /// What extra attempts did.
  public var retries: [RetryEffect]
  /// Which attempt helped.
  public var attempts: [AttemptEffect]
  /// The openings of circuits.
  public var openings: [CircuitOpening]
  /// The acts of operators.
  public var overrides: [OverrideEffect]
  /// The newest release of each member beside the one before.
  public var releases: [ReleaseComparison]
  /// What changed in the hour before, and in the first minute.
  public var contributors: [Entry]
  /// The faults, the most frequent first, 20 at most. Their counts are of whole hours.
  public var faults: [ErrorGroup]
  /// What is different about the errors.
  public var differences: [ErrorDifference]
  /// Earlier incidents with similar errors, the most similar first.
  public var seenBefore: [SimilarIncident]
  /// What ended it: the last act of an operator, release or close of a circuit in the 2 minutes before it was mitigated.
  public var endedBy: String?
  /// What happened.
  public var timeline: [Entry]
  /// What people noted.
  public var notes: [IncidentNote]

  package init(
    id: String, merged: [String], incident: Incident, rules: IncidentRules, computedAt: Timestamp,
    coverage: LedgerCoverage, times: Times, reach: Reach, notes: [IncidentNote]
  ) {
    self.id = id
    self.merged = merged
    status = incident.isOngoing ? .ongoing : incident.isProvisional ? .provisional : .ended
    chained = incident.isChained
    previous = incident.previousID
    self.rules = Rules(rules)
    self.computedAt = computedAt
    self.coverage = coverage
    self.times = times
    self.reach = reach
    self.notes = notes
    title = notes.last { $0.kind == .title }?.text
    totals = ComponentImpact(sumOf: [])
    (members, impact, baseline, users, minutes) = ([], [], [], [], [])
    minutesStep = 1
    (retries, attempts, openings, overrides, releases) = ([], [], [], [], [])
    (contributors, faults, differences, seenBefore, timeline) = ([], [], [], [], [])
  }

  /// The names of the components that belong to it, in the order in which they began to fail.
  public var components: [ComponentName] {
    var names: [ComponentName] = []
    for member in members where member.isMember && !names.contains(member.component) {
      names.append(member.component)
    }
    return names
  }

  /// Returns the draft without the names of hosts, people and users, and without messages of errors.
  public func redactedForPublic() -> PostMortem {
    var copy = self
    func hidden(_ moment: Moment?) -> Moment? {
      guard var moment else { return nil }
      moment.text = nil
      moment.actor = nil
      return moment
    }
    copy.times.started = hidden(times.started) ?? times.started
    copy.times.ended = hidden(times.ended) ?? times.ended
    copy.times.tripped = hidden(times.tripped)
    copy.times.told = hidden(times.told)
    copy.times.detected = hidden(times.detected)
    copy.times.acted = hidden(times.acted)
    copy.times.mitigated = hidden(times.mitigated)
    copy.users = []
    copy.differences.removeAll { $0.dimension == "host" }
    for index in copy.faults.indices {
      copy.faults[index].message = ""
      copy.faults[index].type = ""
    }
    for index in copy.openings.indices {
      if copy.openings[index].actor != nil { copy.openings[index].actor = "operator" }
      if copy.openings[index].closedBy != nil { copy.openings[index].closedBy = "operator" }
    }
    for index in copy.overrides.indices {
      copy.overrides[index].actor = "operator"
      copy.overrides[index].note = nil
    }
    func withoutWords(_ entries: [Entry]) -> [Entry] {
      entries.map { entry in
        var entry = entry
        // The other kinds have texts of programs or of operators.
        if ["alert", "check", "fault", "run", "note"].contains(entry.kind) { entry.text = "" }
        if entry.actor != nil {
          entry.actor = "operator"
          if let end = entry.text.firstIndex(of: ":") { entry.text = String(entry.text[..<end]) }
        }
        return entry
      }
    }
    copy.timeline = withoutWords(timeline)
    copy.contributors = withoutWords(contributors)
    copy.notes = notes.filter { [.title, .cause, .actionItem].contains($0.kind) }.map {
      IncidentNote(
        id: $0.id, at: $0.at, incident: $0.incident, kind: $0.kind, text: $0.text, actor: "operator")
    }
    for index in copy.seenBefore.indices { copy.seenBefore[index].endedBy = nil }
    copy.endedBy = nil
    return copy
  }
}
