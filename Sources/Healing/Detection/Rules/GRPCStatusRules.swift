/// Verdicts by gRPC status code (grpc/doc/statuscodes.md).
enum GRPCStatusRules {
  /// Returns the verdict by name, in any spelling: `DeadlineExceeded`, `DEADLINE_EXCEEDED`, `deadline exceeded`.
  static func classify(name: some StringProtocol) -> Candidate? {
    let words = WordScan.hashes(of: String(name))
    return table.first { WordScan.hashes(of: $0.name) == words }.map {
      Candidate(weight: $0.weight, verdict: verdict($0))
    }
  }

  /// Rules for statuses as clients print them: `rpc error: code = Unavailable desc = …`, `StatusCode.UNAVAILABLE`,
  /// `GRPC::Unavailable`.
  static var textRules: [TextRule] {
    table.map { row in
      TextRule(
        verdict: verdict(row), weight: row.weight,
        phrases: [
          "code \(row.name) desc", "status code \(row.name)", "grpc \(row.name)", "\(row.number) \(row.name)",
          "grpc status code? \(row.number)",
        ])
    }
  }

  private typealias Row = (number: Int, name: String, category: ErrorCategory, isTransient: Bool, weight: Int)

  private static func verdict(_ row: Row) -> ErrorClassification {
    let rule = "grpc.\(row.name.replacing(" ", with: "_"))"
    return row.number == 1
      ? .cancellation(rule: rule)
      : ErrorClassification(category: row.category, isTransient: row.isTransient, rule: rule)
  }

  // Without UNKNOWN (2) and OK (0), which carry no information: the words decide.
  private static let table: [Row] = [
    (1, "canceled", .unknown, false, 74), (1, "cancelled", .unknown, false, 74),
    (3, "invalid argument", .validation, false, 62), (4, "deadline exceeded", .timeout, true, 72),
    (5, "not found", .api, false, 46), (6, "already exists", .api, false, 46),
    (7, "permission denied", .authentication, false, 66),
    (8, "resource exhausted", .rateLimit, true, 72), (9, "failed precondition", .api, false, 50),
    (10, "aborted", .api, true, 46), (11, "out of range", .validation, false, 50),
    (12, "unimplemented", .api, false, 60), (13, "internal", .api, true, 46),
    (14, "unavailable", .network, true, 46), (15, "data loss", .api, false, 60),
    (16, "unauthenticated", .authentication, false, 66),
  ]
}
