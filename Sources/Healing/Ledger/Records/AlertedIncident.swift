/// An incident as an alert names it: when it began, what failed, and its impact so far.
public struct AlertedIncident: Sendable, Hashable {
  /// ``Incident/id``.
  public let id: String
  /// When it began.
  public let startedAt: Timestamp
  /// The components that belong to it, in the order in which they began to fail; at most ``mostComponents``.
  public let components: [ComponentName]
  /// Failed attempts so far.
  public let failures: Int64
  /// Rejected calls so far.
  public let rejected: Int64
  /// Executions that a retry or a strategy saved.
  public let saved: Int64
  /// Executions that a fallback answered.
  public let degraded: Int64
  /// Executions that failed and were rolled back.
  public let undone: Int64
  /// Executions that failed.
  public let lost: Int64
  /// Executions whose caller or process ended first.
  public let interrupted: Int64

  /// The largest number of ``components``: 10.
  public static let mostComponents = 10

  /// - Parameter impact: what callers of the components saw so far.
  init(_ incident: Incident, impact: [ComponentImpact]) {
    id = incident.id
    startedAt = incident.startedAt
    components = Array(incident.components.prefix(Self.mostComponents))
    failures = incident.total(\.failures)
    rejected = incident.total(\.rejected)
    let own = impact.filter { incident.components.contains($0.component) }.map(\.executions)
    func sum(_ figure: KeyPath<ExecutionTotals, Int64>) -> Int64 {
      own.reduce(Int64(0)) { $0.addingClamped($1[keyPath: figure]) }
    }
    (saved, degraded, undone) = (sum(\.saved), sum(\.degraded), sum(\.undone))
    (lost, interrupted) = (sum(\.lost), sum(\.interrupted))
  }

  // MARK: Message
  //
  // The row of an alert has no columns for an incident. Its message has all of it, in a fixed form that is read back.

  private static let words: [AlertRecord.Kind: String] = [
    .incidentOpened: "began", .incidentMitigated: "is mitigated", .incidentEnded: "ended",
  ]
  private static let figures = [
    "failures", "rejected", "saved", "degraded", "undone", "lost", "interrupted",
  ]

  /// Returns the message of an alert of a kind.
  func message(_ kind: AlertRecord.Kind) -> String {
    let counts = [failures, rejected, saved, degraded, undone, lost, interrupted]
    let figures = zip(counts, Self.figures).map { "\($0) \($1)" }.joined(separator: ", ")
    let names = components.map(\.text).joined(separator: ", ")
    return
      "incident \(id) \(Self.words[kind] ?? kind.rawValue); started \(startedAt.iso8601); \(names); \(figures)"
  }

  /// Reads the incident back from the message of an alert; `nil` for another text or kind.
  init?(message: String, _ kind: AlertRecord.Kind) {
    guard let word = Self.words[kind] else { return nil }
    let parts = message.split(separator: "; ", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0].hasPrefix("incident "), parts[0].hasSuffix(" \(word)"),
      parts[1].hasPrefix("started "), let startedAt = Timestamp(iso8601: String(parts[1].dropFirst(8)))
    else { return nil }
    id = String(parts[0].dropFirst(9).dropLast(word.count + 1))
    self.startedAt = startedAt
    components = parts[2].split(separator: ", ").map { ComponentName(stored: String($0)) }
    let counts = parts[3].split(separator: ", ").map { $0.split(separator: " ") }
    guard counts.map({ String($0.last ?? "") }) == Self.figures else { return nil }
    let values = counts.compactMap { $0.first.flatMap { Int64($0) } }
    guard values.count == Self.figures.count else { return nil }
    (failures, rejected, saved, degraded) = (values[0], values[1], values[2], values[3])
    (undone, lost, interrupted) = (values[4], values[5], values[6])
  }
}

extension AlertedIncident: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, components, failures, rejected, saved, degraded, undone, lost, interrupted
    case startedAt = "started"
  }
}
