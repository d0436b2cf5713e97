/// A time in which components failed together. Computed from the sums by the minute and the circuits' changes, never stored.
///
/// docs/incidents.md defines each term.
public struct Incident: Sendable, Hashable {
  /// An episode of one component: bad minutes with short holes.
  public struct Member: Sendable, Hashable {
    /// The component.
    public var component: ComponentName
    /// Whether the episode belongs to the incident. `false` for a component named `alert.…`: its alerts were not delivered.
    public var isMember: Bool
    /// The first failing row, or the start of the first bad minute where ``isExact`` is `false`.
    public var startedAt: Timestamp
    /// The end of the last bad minute.
    public var endedAt: Timestamp
    /// Whether a row of history has the start. Otherwise the start is known to the minute.
    public var isExact: Bool
    /// Number of bad minutes.
    public var badMinutes: Int64
    /// Failed attempts in minutes with trouble.
    public var failures: Int64
    /// Attempts that succeeded in minutes with trouble.
    public var successes: Int64
    /// Rejected calls.
    public var rejected: Int64

    package init(
      component: ComponentName, isMember: Bool, startedAt: Timestamp, endedAt: Timestamp, isExact: Bool,
      badMinutes: Int64, failures: Int64, successes: Int64, rejected: Int64
    ) {
      self.component = component
      self.isMember = isMember
      self.startedAt = startedAt
      self.endedAt = endedAt
      self.isExact = isExact
      self.badMinutes = badMinutes
      self.failures = failures
      self.successes = successes
      self.rejected = rejected
    }
  }

  /// First component and minute, such as `2026-11-27-orders_db-0412`: it does not change while the incident grows.
  public var id: String
  /// The component that was first bad, by the minute, then by name, as in ``id``. The first of ``components`` is first by its rows.
  public var firstComponent: ComponentName
  /// The first failing row of its members, or the start of the first minute where no row is left.
  public var startedAt: Timestamp
  /// The end of its last bad minute. While ``isOngoing``, the end so far.
  public var endedAt: Timestamp
  /// Whether it ended less than ``IncidentRules/quiet`` ago.
  public var isOngoing: Bool
  /// Whether its figures can still change: it is ongoing, or a running process has not written for 10 s.
  public var isProvisional: Bool
  /// Whether it is a chain of which the first and the last part do not overlap.
  public var isChained: Bool
  /// The incident that this one continues, because that one was longer than ``IncidentRules/longest``.
  public var previousID: String?
  /// Its episodes, first one first.
  public var members: [Member]

  package init(
    id: String, firstComponent: ComponentName, startedAt: Timestamp, endedAt: Timestamp, isOngoing: Bool,
    isProvisional: Bool, isChained: Bool, previousID: String?, members: [Member]
  ) {
    self.id = id
    self.firstComponent = firstComponent
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.isOngoing = isOngoing
    self.isProvisional = isProvisional
    self.isChained = isChained
    self.previousID = previousID
    self.members = members
  }

  /// The names of the components that belong to it, in the order in which they began to fail.
  public var components: [ComponentName] {
    var names: [ComponentName] = []
    for member in members where member.isMember && !names.contains(member.component) {
      names.append(member.component)
    }
    return names
  }

  /// Returns the sum of a figure over the components that belong to the incident.
  public func total(_ figure: KeyPath<Member, Int64>) -> Int64 {
    members.reduce(0) { $1.isMember ? $0.addingClamped($1[keyPath: figure]) : $0 }
  }

  /// Returns the minute that an id names; `nil` when the text is no id.
  package static func minute(ofID id: String) -> Timestamp? {
    guard id.utf8.count <= 300, id.count > 16, id.dropFirst(10).first == "-", id.dropLast(4).last == "-"
    else {
      return nil
    }
    return Timestamp(iso8601: "\(id.prefix(10))T\(id.suffix(4).prefix(2)):\(id.suffix(2)):00Z")
  }

  /// Adds the episodes of another incident.
  package mutating func join(_ other: Incident) {
    let isApart = startedAt >= other.endedAt || other.startedAt >= endedAt
    members = (members + other.members).sorted {
      ($0.startedAt, $0.component.text) < ($1.startedAt, $1.component.text)
    }
    startedAt = min(startedAt, other.startedAt)
    endedAt = max(endedAt, other.endedAt)
    isOngoing = isOngoing || other.isOngoing
    isProvisional = isProvisional || other.isProvisional
    isChained = isChained || other.isChained || isApart
  }

  /// Returns the id of the incident that begins with a component's minute.
  package static func id(of component: ComponentName, at minute: Timestamp) -> String {
    let text = minute.iso8601
    let time = text.dropFirst(11)
    return "\(text.prefix(10))-\(component.text)-\(time.prefix(2))\(time.dropFirst(3).prefix(2))"
  }
}

/// What makes an incident.
public struct IncidentRules: Sendable, Hashable {
  /// Version of the rules; a changed rule or default is a new one.
  public static let version = 1

  /// Share of failed attempts from which on a minute is bad, 0...1, to a hundredth of a percent. Default 0.05.
  public var threshold: Double
  /// Failures from which on a minute is bad, 3 or more. Default 3.
  public var minFailures: Int64
  /// The longest hole in an episode. Default 5 minutes.
  public var quiet: Duration
  /// How long after its start an incident can still gain episodes. Default 24 hours.
  public var longest: Duration
  /// Whether episodes of different components that overlap are one incident. Default `true`.
  public var joinsComponents: Bool

  /// Creates rules.
  public init(
    threshold: Double = 0.05, minFailures: Int64 = 3, quiet: Duration = .seconds(300),
    longest: Duration = .seconds(86_400), joinsComponents: Bool = true
  ) {
    self.threshold = threshold
    self.minFailures = minFailures
    self.quiet = quiet
    self.longest = longest
    self.joinsComponents = joinsComponents
  }
}

/// Incidents, with what they were computed by.
public struct IncidentReport: Sendable, Hashable {
  /// The incidents, oldest first.
  public var incidents: [Incident]
  /// The rules.
  public var rules: IncidentRules
  /// The time for which the report holds.
  public var computedAt: Timestamp

  package init(incidents: [Incident], rules: IncidentRules, computedAt: Timestamp) {
    self.incidents = incidents
    self.rules = rules
    self.computedAt = computedAt
  }
}
