/// Verdicts by gRPC status code (grpc/doc/statuscodes.md).
enum GRPCStatusRules {
  static func classify(name: some StringProtocol) -> ErrorClassification? {
    let word = String(name.filter { $0 != "_" && $0 != " " }).lowercased()
    return table.first { $0.name == word }.map(verdict)
  }

  static func classify(number: Int) -> ErrorClassification? {
    table.first { $0.number == number }.map(verdict)
  }

  private static func verdict(
    _ row: (number: Int, name: String, category: ErrorCategory, isTransient: Bool)
  ) -> ErrorClassification {
    ErrorClassification(category: row.category, isTransient: row.isTransient, rule: "grpc.\(row.name)")
  }

  // UNKNOWN (2) and OK (0) say nothing and are left to the words.
  private static let table: [(number: Int, name: String, category: ErrorCategory, isTransient: Bool)] = [
    (3, "invalidargument", .validation, false), (4, "deadlineexceeded", .timeout, true),
    (5, "notfound", .api, false), (6, "alreadyexists", .api, false),
    (7, "permissiondenied", .authentication, false), (8, "resourceexhausted", .rateLimit, true),
    (9, "failedprecondition", .api, false), (10, "aborted", .api, true),
    (11, "outofrange", .validation, false), (12, "unimplemented", .api, false),
    (13, "internal", .api, true), (14, "unavailable", .network, true), (15, "dataloss", .api, false),
    (16, "unauthenticated", .authentication, false),
  ]
}
