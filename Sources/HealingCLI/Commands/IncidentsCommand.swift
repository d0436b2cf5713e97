import Foundation
import Healing
import HealingSQLite

enum IncidentsCommand: Command {
  static let name = "incidents"
  static let summary = "lists incidents: what failed together, and what failed first"
  static let options: [Option] = [.ledger, .since, .until, .utc, .component, .format] + ruleOptions
  /// What makes an incident.
  static let ruleOptions: [Option] = [
    Option(
      name: "threshold", value: "SHARE",
      help: "a minute is bad from this share of failed attempts on, 0...1 (default: 0.05)"),
    Option(name: "min-failures", value: "N", help: "and from so many failures on, 3 or more (default: 3)"),
    Option(name: "quiet", value: "TIME", help: "the longest hole in an episode: 90s, 5m (default: 5m)"),
    Option(
      name: "max", value: "TIME", help: "an incident gains no more episodes after this time (default: 24h)"),
    Option(name: "by", value: "component", help: "one incident for each episode of a component"),
  ]
  static let examples = """

    A minute of a component is bad with enough failures, with a rejected call,
    while its circuit is open, or in a row of three minutes whose attempts all
    failed. An episode is bad minutes with short holes; an incident is episodes
    that overlap. docs/incidents.md has the definitions.

    The id is the first component and minute: it does not change while the
    incident grows. A start with ±1 min has no row of history any more. Times are
    UTC. JSON and CSV have the rules and the time of the report in every row.

    Examples:
      healing incidents --ledger healing.db --since 7d
      healing incidents --ledger healing.db --component orders_db --format json
      healing incidents --ledger healing.db --threshold 0.2 --quiet 10m

    """

  static func run(_ options: ParsedOptions) async throws {
    guard options.positional.isEmpty else {
      throw UsageError("'\(options.positional[0])' is not expected; see 'healing incidents --help'")
    }
    let format = try options.format()
    let now = SystemTimeSource().wallClock()
    let range = try options.range(now: now)
    let component = try options.component()
    let rules = try rules(options)
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let report = try await reader.incidents(range, component: component, rules: rules, now: now)
    if format == .table {
      if let heading = options.heading(of: range) {
        try StandardOutput.write("\(heading)\n")
      }
      try StandardOutput.write("\(words(rules))\n\n")
      guard !report.incidents.isEmpty else { return try StandardOutput.write("no incidents\n") }
      return try StandardOutput.write(Table(report.incidents).render(.table))
    }
    try StandardOutput.write(Table(report).render(format))
  }

  static func rules(_ options: ParsedOptions) throws -> IncidentRules {
    var rules = IncidentRules()
    if let word = options.values["threshold"] {
      guard let share = Double(word), (0...1).contains(share) else {
        throw UsageError("--threshold \(word): allowed is a share in 0...1, such as 0.05")
      }
      rules.threshold = share
    }
    rules.minFailures = Int64(try options.integer("min-failures", default: 3, in: 3...1_000_000))
    if let quiet = try options.duration("quiet") { rules.quiet = quiet }
    if let longest = try options.duration("max") {
      guard longest >= .seconds(60) else { throw UsageError("--max is shorter than a minute") }
      rules.longest = longest
    }
    if let word = options.values["by"] {
      guard word == "component" else { throw UsageError("--by \(word): allowed is component") }
      rules.joinsComponents = false
    }
    return rules
  }

  private static func words(_ rules: IncidentRules) -> String {
    func seconds(_ duration: Duration) -> Int64 { duration.components.seconds }
    let share = (rules.threshold * 100).formatted(.number.precision(.fractionLength(0...2)).grouping(.never))
    return
      "rules version \(IncidentRules.version): \(rules.minFailures) failures and \(share) % of the attempts,"
      + " holes up to \(seconds(rules.quiet)) s, \(seconds(rules.longest)) s at most"
      + (rules.joinsComponents ? "" : ", by component")
  }
}

extension Table {
  private static func names(_ incident: Incident) -> String {
    incident.components.map(\.text).joined(separator: ", ")
  }

  /// A table of incidents, for people.
  init(_ incidents: [Incident]) {
    columns = ["id", "started", "ended", "status", "components", "bad_minutes", "failures", "rejected"]
    rows = incidents.map { incident in
      let isExact = incident.members.contains {
        $0.isMember && $0.isExact && $0.startedAt == incident.startedAt
      }
      let start = incident.startedAt.iso8601.prefix(19)
      return [
        .text(incident.id), .text("\(start)Z\(isExact ? "" : " ±1 min")"),
        incident.isOngoing ? .none : .time(incident.endedAt),
        .text(incident.isOngoing ? "ongoing" : incident.isProvisional ? "provisional" : "ended"),
        .text(Self.names(incident)), .integer(incident.total(\.badMinutes)),
        .integer(incident.total(\.failures)), .integer(incident.total(\.rejected)),
      ]
    }
  }

  /// A table of incidents with every figure and the rules, for programs.
  init(_ report: IncidentReport) {
    columns = [
      "id", "started", "start_is_exact", "ended", "ongoing", "provisional", "chained", "previous",
      "first_component",
      "components", "could_not_tell", "bad_minutes", "failures", "successes", "rejected", "computed_at",
      "rule_version", "threshold", "min_failures", "quiet_s", "max_s", "by_component",
    ]
    rows = report.incidents.map { incident in
      let isExact = incident.members.contains {
        $0.isMember && $0.isExact && $0.startedAt == incident.startedAt
      }
      let silent = incident.members.filter { !$0.isMember }.map(\.component.text)
      let cells: [Cell] = [
        .text(incident.id), .time(incident.startedAt), .flag(isExact), .time(incident.endedAt),
        .flag(incident.isOngoing), .flag(incident.isProvisional), .flag(incident.isChained),
        Cell(incident.previousID), .text(incident.firstComponent.text),
        .text(Self.names(incident)), .text(silent.joined(separator: ", ")),
      ]
      let figures: [Cell] = [
        .integer(incident.total(\.badMinutes)), .integer(incident.total(\.failures)),
        .integer(incident.total(\.successes)), .integer(incident.total(\.rejected)), .time(report.computedAt),
      ]
      let rules = report.rules
      let parameters: [Cell] = [
        .integer(Int64(IncidentRules.version)), .real(rules.threshold), .integer(rules.minFailures),
        .integer(rules.quiet.components.seconds), .integer(rules.longest.components.seconds),
        .flag(!rules.joinsComponents),
      ]
      return cells + figures + parameters
    }
  }
}
