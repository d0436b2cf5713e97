import Healing

/// A history table that retention deletes from.
enum PrunedTable: String, CaseIterable {
  case samples = "health_sample"
  case rejectedCalls = "rejected_call"
  case checks = "health_check"
  case errors = "error"
  case recoveries = "recovery"

  /// The tables of which the oldest rows go when the ledger is too large, in order. Errors and recoveries go together, so that
  /// both are kept from the same time on.
  static let bySize: [[PrunedTable]] = [[.samples], [.rejectedCalls], [.checks], [.errors, .recoveries]]

  /// Returns the age up to which rows are kept.
  func age(_ options: RetentionOptions) -> Duration? {
    switch self {
    case .samples, .rejectedCalls: options.samples
    case .checks: options.checks
    case .errors: options.errors
    case .recoveries: options.recoveries
    }
  }

  /// SQL condition on the rows of a slice that are deleted: ids above `?1` up to `?2`, times before `?3`. The last row
  /// stays, because new ids must be above it.
  func condition(hasPins: Bool) -> String {
    "id > ?1 AND id <= ?2 AND at < ?3 AND \(deletable(hasPins: hasPins))"
  }

  /// SQL condition on the rows that may be deleted at all.
  func deletable(hasPins: Bool) -> String {
    "id < (SELECT max(id) FROM \(rawValue))"
      + (self == .checks
        ? " AND id < (SELECT max(x.id) FROM health_check x WHERE x.component_id = health_check.component_id)"
        : "")
      + (hasPins ? " AND \(Self.unpinned(rawValue, "at"))" : "")
  }

  /// SQL condition on the rows of a table that no pin protects.
  static func unpinned(_ table: String, _ time: String) -> String {
    """
    NOT EXISTS (SELECT 1 FROM pin p WHERE p.removed_at IS NULL AND \(table).\(time) >= p.since_at
      AND \(table).\(time) < p.until_at
      AND (p.component_id IS NULL OR p.component_id = \(table).component_id))
    """
  }

  /// SQL expression for the approximate size of a row in bytes.
  var bytes: String {
    func text(_ columns: String...) -> String {
      columns.map { "coalesce(length(CAST(\($0) AS BLOB)), 0)" }.joined(separator: " + ")
    }
    return switch self {
    case .samples: "42"
    case .rejectedCalls: "40 + \(text("operation", "request_id", "user_id"))"
    case .checks: "50 + \(text("message", "issues"))"
    case .errors:
      "70 + \(text("operation", "type", "message", "fingerprint", "rule", "request_id", "user_id", "metadata"))"
    case .recoveries: "70 + \(text("operation", "message", "metadata", "request_id", "user_id", "gave_up"))"
    }
  }

  /// SQL that adds the rows of a condition to the sealed sums; `nil` for a table without roll-ups. A damaged number
  /// counts as the nearest possible one, so that a slice's sums cannot overflow.
  func seal(_ condition: String) -> String? {
    switch self {
    case .recoveries:
      let figures = ["total", "successful", "attempts", "duration_sum_us"]
      return """
        INSERT INTO sealed_recovery (bucket_at, component_id, action, \(figures.joined(separator: ", ")))
        SELECT \(Self.day), coalesce(CAST(component_id AS INTEGER), 0), coalesce(CAST(action AS INTEGER), 0),
          sum(\(Self.number("occurrences"))), sum(\(Self.number("occurrences")) * (success IS 1)),
          sum(\(Self.number("attempts"))), sum(\(Self.number("duration_us")))
        FROM recovery WHERE \(condition) GROUP BY 1, 2, 3
        ON CONFLICT DO UPDATE SET \(Self.sums(figures))
        """
    case .samples:
      let figures = [
        "successes", "failures", "rejected", "cancelled", "caller_errors", "stale", "duration_sum_us",
        "rejected_circuit", "rejected_bulkhead",
      ]
      return """
        INSERT INTO sealed_sample (bucket_at, component_id, epoch, duration_max_us, \(figures.joined(separator: ", ")))
        SELECT \(Self.day), coalesce(CAST(component_id AS INTEGER), 0), coalesce(CAST(epoch AS INTEGER), 0),
          max(\(Self.number("duration_max_us"))), \(figures.map { "sum(\(Self.number($0)))" }.joined(separator: ", "))
        FROM health_sample WHERE \(condition) GROUP BY 1, 2, 3
        ON CONFLICT DO UPDATE SET \(Self.sums(figures)),
          duration_max_us = max(\(Self.stored("duration_max_us")), excluded.duration_max_us)
        """
    case .rejectedCalls, .checks, .errors: return nil
    }
  }

  private static let day = "coalesce(CAST(at AS INTEGER), 0) / 86400000000 * 86400000000"

  /// The sum of ``Pruner/mostRows`` such numbers fits into 64 bits.
  private static func number(_ column: String) -> String {
    "min(max(coalesce(CAST(\(column) AS INTEGER), 0), 0), \(CallCounts.largestCount))"
  }

  private static let largestSum: Int64 = .max / 2

  private static func stored(_ column: String) -> String {
    "iif(\(column) BETWEEN 0 AND \(largestSum), CAST(\(column) AS INTEGER), 0)"
  }

  /// SQL that adds the new figures to the stored ones, within the integer range.
  static func sums(_ columns: [String]) -> String {
    columns.map { "\($0) = min(\(stored($0)) + min(excluded.\($0), \(largestSum)), \(largestSum))" }
      .joined(separator: ", ")
  }
}
