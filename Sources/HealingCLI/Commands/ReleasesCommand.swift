import Healing
import HealingSQLite

enum ReleasesCommand: Command {
  static let name = "releases"
  static let summary = "lists calls and error rates by component and release"
  static let positional = "[compare A B]"
  static let options: [Option] = [.ledger, .since, .until, .utc, .component, .format]
  static let examples = """

    A release is the label that a program gave when it opened the ledger; its
    first sight is no deploy. Calls are kept by the hour: a range is widened to
    whole hours. In a rolling deploy both releases serve in the same hours.

    'compare A B' compares two releases minute by minute, where both had 30
    attempts or more, so a fault outside of both accuses neither. '' is a program
    without a label. The bounds are Newcombe's, 95 %.

    accused             B failed more often: the lower bound is above 0, with 10
                        failures or more in two minutes or more
    in_both             both failed alike, 5 % or more
    not_significant     no difference beyond chance
    few_and_transient   a difference, of few failures or of one minute
    baseline_too_short  fewer than 3 minutes together
    better              B failed less often
    usual_in_any_deploy B failed more often, but in its first two hours no more
                        often than the median of 3 or more earlier releases

    Examples:
      healing releases --ledger healing.db --since 24h
      healing releases --ledger healing.db --component orders_db --format json
      healing releases compare 2026.11.2 2026.11.3 --ledger healing.db --since 6h

    """

  static func run(_ options: ParsedOptions) async throws {
    if let word = options.positional.first {
      guard word == "compare", options.positional.count == 3 else {
        if word == "compare" {
          try options.rejectArguments(after: 3)
          throw UsageError("compare needs two releases: 'compare A B'")
        }
        throw UsageError("'\(word)' is not expected; see 'healing releases --help'")
      }
      return try await compare(options.positional[1], options.positional[2], options)
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

  private static func compare(_ a: String, _ b: String, _ options: ParsedOptions) async throws {
    guard a != b else { throw UsageError("compare needs two different releases, not '\(a)' twice") }
    let format = try options.format()
    let range = try options.range(now: SystemTimeSource().wallClock())
    let component = try options.component()
    // The rows of every call of the range are read.
    let reader = try SQLiteLedgerReader(path: options.ledgerPath(), readDeadline: nil)
    if let component { try await UnknownComponent.check(component, in: reader) }
    let known = Set(try await reader.releases().map { $0.release ?? "" })
    for label in [a, b] where !known.contains(label) {
      let hint =
        Spelling.nearest(to: label, among: Array(known)).map { "; did you mean '\($0)'?" }
        ?? "; see 'healing releases'"
      throw NoRelease(description: "\(reader.path): no call was made by release '\(label)'\(hint)")
    }
    let found = try await reader.compareReleases(
      a.isEmpty ? nil : a, b.isEmpty ? nil : b, range, component: component)
    if format == .table {
      if let heading = options.heading(of: range) { try StandardOutput.write("\(heading)\n\n") }
      guard !found.isEmpty else {
        return try StandardOutput.write("no component has calls of both releases\n")
      }
    }
    try StandardOutput.write(Table(found, isShort: format == .table).render(format))
  }
}

/// The ledger has no calls of a release.
struct NoRelease: Error, CustomStringConvertible {
  let description: String
}

extension Table {
  /// A table of two releases beside each other.
  /// - Parameter isShort: whether with shares instead of counts.
  init(_ found: [ReleaseComparison], isShort: Bool) {
    func share(_ failures: Int64, _ attempts: Int64) -> Cell {
      attempts > 0 ? .real(Double(failures) / Double(attempts)) : .none
    }
    if isShort {
      columns = ["component", "verdict", "minutes", "failed_a", "failed_b", "difference", "lower", "upper"]
      rows = found.map { row in
        [
          .text(row.component.text), .text(row.verdict.rawValue), .integer(row.stretches),
          share(row.failuresA, row.attemptsA), share(row.failuresB, row.attemptsB),
          .real(row.difference.difference), .real(row.difference.lower), .real(row.difference.upper),
        ]
      }
      return
    }
    columns = [
      "component", "release_a", "release_b", "verdict", "stretches", "resolution_s", "attempts_a",
      "failures_a",
      "attempts_b", "failures_b", "bad_stretches_b", "difference", "lower", "upper",
      "debut_share", "earlier_debut_share", "earlier_debuts",
    ]
    rows = found.map { row in
      let cells: [Cell] = [
        .text(row.component.text), Cell(row.releaseA), Cell(row.releaseB), .text(row.verdict.rawValue),
        .integer(row.stretches), .integer(row.resolutionSeconds), .integer(row.attemptsA),
        .integer(row.failuresA),
      ]
      let rest: [Cell] = [
        .integer(row.attemptsB), .integer(row.failuresB), .integer(row.badStretchesB),
        .real(row.difference.difference), .real(row.difference.lower), .real(row.difference.upper),
        Cell(row.debutShare), Cell(row.earlierDebutShare), .integer(Int64(row.earlierDebuts)),
      ]
      return cells + rest
    }
  }

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
