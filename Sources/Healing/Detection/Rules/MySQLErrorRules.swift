/// Verdicts by error number of MySQL and MariaDB, server and client (dev.mysql.com, error message reference).
enum MySQLErrorRules {
  static func classify(_ number: Int) -> Candidate? {
    guard (1_000..<5_000).contains(number), let row = table.first(where: { $0.numbers.contains(number) })
    else {
      return nil
    }
    return Candidate(
      weight: 76,
      verdict: ErrorClassification(
        category: row.category, isTransient: row.isTransient, rule: "mysql.\(number)"))
  }

  private static let table: [(numbers: [Int], category: ErrorCategory, isTransient: Bool)] = [
    ([1044, 1045, 1142, 1698], .authentication, false),
    ([1040, 1203, 1205, 1213, 2006, 2013], .database, true),
    ([1021], .resource, false),
    ([2002, 2003, 2005], .network, true),
    ([3024], .timeout, true),
    (
      [1048, 1049, 1050, 1051, 1054, 1062, 1064, 1146, 1216, 1217, 1364, 1366, 1406, 1451, 1452], .database,
      false
    ),
  ]
}
