import Healing
import HealingSQLite

enum ReleasesCommand: Command {
  static let name = "releases"
  static let summary = "lists calls and error rates by component and release"
  static let options: [Option] = [.ledger, .since, .until, .utc, .component, .format]
  static let examples = """

    A release is the label that a program gave when it opened the ledger; its
    first sight is no deploy. Calls are kept by the hour: a range is widened to
    whole hours. In a rolling deploy both releases serve in the same hours.

    Examples:
      healing releases --ledger healing.db --since 24h
      healing releases --ledger healing.db --component orders_db --format json

    """

  static func run(_ options: ParsedOptions) async throws {
    guard options.positional.isEmpty else {
      throw UsageError("'\(options.positional[0])' is not expected; see 'healing releases --help'")
    }
    let format = try options.format()
    let range = try options.range(now: SystemTimeSource().wallClock())
    let component = try options.component()
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let releases = try await reader.releases(range, component: component)
    if format == .table {
      if let heading = options.heading(of: range) {
        try StandardOutput.write("\(heading); counts are of whole hours\n\n")
      }
      guard !releases.isEmpty else { return try StandardOutput.write("no calls\n") }
    }
    try StandardOutput.write(Table(releases).render(format))
  }
}

extension Table {
  /// A table of releases.
  init(_ releases: [ReleaseTotals]) {
    columns = [
      "component", "release", "first_seen", "from", "to", "attempts", "failures", "rejected", "error_rate",
      "avg_duration_ms", "max_duration_ms",
    ]
    rows = releases.map { release in
      [
        .text(release.component.text), Cell(release.release), Cell(release.firstAt), .time(release.fromAt),
        .time(release.toAt), .integer(release.attempts), .integer(release.failures),
        .integer(release.rejected),
        release.errorRate.map { .real($0) } ?? .none, release.avgDurationMs.map { .real($0) } ?? .none,
        .real(release.maxDurationMs),
      ]
    }
  }
}
