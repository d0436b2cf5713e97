import Healing

/// A table as it is exported, ingested and merged: its fields with the names of the REST API, each with the SQL that
/// reads it and the column that stores it.
package struct TransferTable: Sendable {
  /// Name in `"table"` and on the command line.
  package let name: String
  package let columns: [TransferColumn]
  /// The table in the ledger, `t` in the SQL of its columns.
  let table: String
  /// Columns that order the rows and that a step continues after.
  let key: [String]
  /// Column of the time that a range restricts; `nil`: a range does not apply.
  let time: String?
  /// Whether the table holds totals of minutes: rows without an id.
  package let isRollup: Bool
  /// Whether rows name the run that wrote them.
  let hasProcess: Bool
  /// The table of the rows that the totals are of, when the table holds totals of rows: by the minute, before the time from which
  /// minutes are kept by the hour, and before that by the day.
  let summed: String?
  /// Inserts a row of history unless its id is taken.
  let insertSQL: String

  private init(
    _ name: String, of table: String, key: [String] = ["id"], time: String? = "at", isRollup: Bool = false,
    hasProcess: Bool = true, summed: String? = nil, _ columns: [TransferColumn]
  ) {
    self.name = name
    self.table = table
    self.key = key
    self.time = time
    self.isRollup = isRollup
    self.hasProcess = hasProcess
    self.summed = summed
    self.columns = columns
    var names = columns.compactMap(\.stored)
    if name == "alerts" { names += ["kind", "detail"] }
    names += ["component_id", "process_id"]
    let places = Array(repeating: "?", count: names.count).joined(separator: ", ")
    insertSQL =
      "INSERT INTO \(table) (\(names.joined(separator: ", "))) VALUES (\(places)) ON CONFLICT (id) DO NOTHING"
  }

  /// Whether a row is identified by its source ledger and its key: its id is not unique across ledgers.
  package var needsLedger: Bool {
    !key.elementsEqual(["id"]) || ["ledgers", "components", "policies"].contains(name)
  }

  /// Whether the rows of a damaged file have a shape by which they are recognised.
  var isSalvaged: Bool { name != Self.ledgers.name && name != Self.events.name }

  /// All tables. The ledgers come first, because a row may be refused for them, and components next, because other rows refer to their
  /// epochs. Totals come after the rows, rejections after the totals of samples, and the longest recoveries after the recoveries.
  package static let all = [
    ledgers, components, errors, recoveries, events, samples, checks, alerts, transitions, rejectedCalls,
    policies, gaps, outcomes, recoverySums, sampleSums, rejections, longestRecoveries,
  ]

  package static func named(_ name: String) -> TransferTable? { all.first { $0.name == name } }

  /// Returns the position of a field in ``TransferRow/values``; `nil` for an unknown name.
  func position(of field: String) -> Int? { columns.firstIndex { $0.name == field } }

  /// Returns the value of a field; NULL for an unknown name.
  func value(_ field: String, _ row: TransferRow) -> TransferValue {
    guard let position = position(of: field), position < row.values.count else { return .null }
    return row.values[position]
  }

  /// Returns the values of fields that are numbers; a missing one is 0.
  func numbers(_ fields: [String], _ row: TransferRow) -> [Int64] {
    fields.map { value($0, row).integer ?? 0 }
  }

  /// Returns what is wrong with a row's numbers; `nil` for a row that agrees with itself. The totals of any other row would differ
  /// from those that `healing check` recounts.
  func problem(_ row: TransferRow) -> String? {
    guard row.values.count == columns.count else { return "is incomplete" }
    func number(_ field: String) -> Int64 { value(field, row).integer ?? 0 }
    switch name {
    case "samples":
      let counts = SampleTable.counts(row.values)
      if counts.rejectedByCircuit.addingClamped(counts.rejectedByBulkhead) > counts.rejected {
        return "has more calls that the circuit or the bulkhead rejected than rejected ones"
      }
      if let problem = Self.problem(
        sum: counts.durationSumMicroseconds, longest: counts.durationMaxMicroseconds)
      {
        return problem
      }
      if counts.durationMaxMicroseconds > counts.durationSumMicroseconds {
        return "has a duration_max_ms over its duration_sum_ms"
      }
      let made = counts.successes.addingClamped(counts.failures)
      if !SampleTable.hasHistogram(row.values) {
        if made > 1 { return "has several calls and no histogram" }
        if counts.durationMaxMicroseconds != counts.durationSumMicroseconds {
          return "has one call and a duration_max_ms below its duration_sum_ms"
        }
      } else if made <= 1 {
        return "has a histogram and no more than one call"
      }
      return Self.problem(histogram: counts.histogram.counts, of: made)
    case "recoveries":
      let occurrences = number("occurrences")
      if occurrences < 1 { return "has no occurrences" }
      // Merged recoveries have the sum of their durations.
      let (product, isLarge) = occurrences.multipliedReportingOverflow(by: CallCounts.longestMicroseconds)
      let longest = isLarge ? Self.longestSum : min(product, Self.longestSum)
      if number("duration_ms") > longest { return "has a duration_ms over \(longest / 1_000)" }
    case "errors":
      if number("occurrences") < 1 { return "has no occurrences" }
    case "recovery_sums":
      if number("successful") > number("total") { return "has more successful recoveries than recoveries" }
      return Self.problem(sum: number("duration_sum_ms"), longest: number("duration_max_ms"))
    case "sample_sums":
      if number("rejected_circuit").addingClamped(number("rejected_bulkhead")) > number("rejected") {
        return "has more calls that the circuit or the bulkhead rejected than rejected ones"
      }
      return Self.problem(sum: number("duration_sum_ms"), longest: number("duration_max_ms"))
        ?? Self.problem(
          histogram: value("histogram", row).text.map { StoredJSON.integers($0) } ?? [],
          of: number("successes").addingClamped(number("failures")))
    default: break
    }
    return nil
  }

  /// Returns what is wrong with a sum of durations and the longest of them, in microseconds.
  private static func problem(sum: Int64, longest: Int64) -> String? {
    if longest > CallCounts.longestMicroseconds {
      return "has a duration_max_ms over \(CallCounts.longestMicroseconds / 1_000)"
    }
    return sum > longestSum ? "has a duration_sum_ms over \(longestSum / 1_000)" : nil
  }

  /// Returns what is wrong with a histogram.
  private static func problem(histogram: [Int64], of calls: Int64) -> String? {
    histogram.reduce(0) { $0.addingClamped($1) } > calls
      ? "has more calls in its histogram than it has calls" : nil
  }

  /// The largest sum of durations in microseconds; sums of such numbers stay within the range of SQLite's.
  private static let longestSum: Int64 = 1 << 52

  /// Returns the component that a row names.
  func component(_ row: TransferRow) -> ComponentName? {
    value("component", row).text.map(ComponentName.init(stored:))
  }

  /// The other ledgers whose rows a ledger holds. Their rows are not to come by another way.
  package static let ledgers = TransferTable(
    "ledgers", of: "source_ledger", time: nil, hasProcess: false,
    [.init("id", .count), .init("identity", .plain)])

  /// Hashes of ingested events, so that the same events are not ingested again where the rows came from another ledger.
  static let events = TransferTable(
    "ingested_events", of: "ingested_event", time: nil, hasProcess: false,
    [.id, .init("hash", .plain, sql: "printf('%016x', t.hash)", stored: nil)])

  static let components = TransferTable(
    "components", of: "component", time: nil, hasProcess: false,
    [
      .init("component", .component, sql: "t.name", stored: nil),
      .init("registered_at", .time), .init("epoch", .integer), .init("epoch_started_at", .time),
    ])

  package static let errors = TransferTable(
    "errors", of: "error",
    [
      .id, .timestamp, .component, .init("operation", .text),
      .init("execution_id", .id, isOptional: true), .init("attempt", .count),
      .init("category", .word(ErrorCategory.words)), .init("severity", .word(ErrorSeverity.words)),
      .init("transient", .flag), .init("type", .text), .init("message", .text), .init("fingerprint", .plain),
      .init("rule", .plain),
      .init(
        "retry_after_ms", .milliseconds, isOptional: true, sql: "t.retry_after_us", stored: "retry_after_us"),
      .requestID, .userID, .metadata, .init("occurrences", .count),
      .init("cause_id", .id, isOptional: true), .init("parent_execution_id", .id, isOptional: true),
    ])

  static let recoveries = TransferTable(
    "recoveries", of: "recovery",
    [
      .id, .timestamp, .component, .init("operation", .text), .init("execution_id", .id, isOptional: true),
      .init("error_id", .id, isOptional: true), .init("action", .word(RecoveryAction.words)),
      .init("success", .flag), .init("outcome", .plain), .init("attempts", .count),
      .init("duration_ms", .milliseconds, sql: "t.duration_us", stored: "duration_us"),
      .init("message", .text), .metadata, .init("gave_up", .plain, isOptional: true), .requestID, .userID,
      .init("occurrences", .count), .init("parent_execution_id", .id, isOptional: true),
    ])

  package static let samples = TransferTable(
    "samples", of: "health_sample",
    [
      .id, .timestamp, .component, .init("epoch", .integer), .init("successes", .count),
      .init("failures", .count), .init("rejected", .count),
      .init("rejected_circuit", .count, isOptional: true),
      .init("rejected_bulkhead", .count, isOptional: true), .init("cancelled", .count),
      .init("caller_errors", .count), .init("stale", .count),
      .init("duration_sum_ms", .milliseconds, sql: "t.duration_sum_us", stored: "duration_sum_us"),
      .init("duration_max_ms", .milliseconds, sql: "t.duration_max_us", stored: "duration_max_us"),
      .init("histogram", .counts, isOptional: true),
    ])

  static let checks = TransferTable(
    "checks", of: "health_check",
    [
      .id, .timestamp, .component, .init("status", .word(HealthStatus.words)),
      .init("previous_status", .word(HealthStatus.words), isOptional: true), .init("error_rate", .real),
      .init("total_requests", .count), .init("failed_requests", .count),
      .init("response_time_ms", .milliseconds, sql: "t.response_time_us", stored: "response_time_us"),
      .init("message", .text), .init("issues", .list),
    ])

  // The column `kind` has only the kinds of early releases; `detail` has the others.
  static let alerts = TransferTable(
    "alerts", of: "alert",
    [
      .id, .timestamp, .component, .init("kind", .plain, sql: "coalesce(t.detail, t.kind)", stored: nil),
      .init("resolved", .flag, sql: "t.kind = 'recovered'", stored: nil),
      .init("status", .word(HealthStatus.words)),
      .init("previous_status", .word(HealthStatus.words), isOptional: true), .init("message", .text),
    ])

  static let transitions = TransferTable(
    "transitions", of: "breaker_transition",
    [
      .id, .timestamp, .component,
      .init("from", .word(CircuitState.words), sql: "t.from_state", stored: "from_state"),
      .init("to", .word(CircuitState.words), sql: "t.to_state", stored: "to_state"),
      .init("reason", .plain), .init("failure_count", .count), .init("consecutive_trips", .count),
      .init("open_until", .time, isOptional: true, sql: "t.open_until_at", stored: "open_until_at"),
      .init("error_id", .id, isOptional: true), .init("actor", .text, isOptional: true),
      .init("note", .text, isOptional: true),
    ])

  static let rejectedCalls = TransferTable(
    "rejected_calls", of: "rejected_call",
    [
      .id, .timestamp, .component, .init("operation", .text), .init("reason", .word(RejectionReason.words)),
      .init("execution_id", .id, isOptional: true), .init("error_id", .id, isOptional: true), .requestID,
      .userID,
    ])

  static let policies = TransferTable(
    "policies", of: "policy_change",
    [
      .timestamp, .component, .init("source", .plain),
      .init(
        "json", .json, sql: "coalesce((SELECT p.json FROM policy p WHERE p.hash = t.hash), '{}')",
        stored: nil),
    ])

  static let gaps = TransferTable(
    "gaps", of: "gap",
    [
      .id, .timestamp,
      .init("component", .component, isOptional: true, sql: TransferColumn.componentName, stored: nil),
      .init("kind", .plain), .init("events", .count),
    ])

  static let outcomes = TransferTable(
    "outcomes", of: "outcome_rollup", key: ["bucket_at", "component_id"], time: "bucket_at", isRollup: true,
    hasProcess: false,
    [
      .minute, .component, .init("attempts", .count), .init("extra_attempts", .count),
      .init("rejected", .count), .init("saved", .count), .init("degraded", .count), .init("undone", .count),
      .init("lost", .count), .init("interrupted", .count),
    ])

  static let rejections = TransferTable(
    "rejections", of: "rejection_rollup",
    key: ["bucket_at", "component_id", "epoch", "operation", "reason"], time: "bucket_at", isRollup: true,
    hasProcess: false,
    [
      .minute, .component, .init("epoch", .integer), .init("operation", .text),
      .init("reason", .word(RejectionReason.words)), .init("calls", .count),
    ])

  /// All recoveries of each bucket.
  static let recoverySums = TransferTable(
    "recovery_sums", of: "recovery_rollup", key: ["resolution", "bucket_at", "component_id", "action"],
    time: "bucket_at", isRollup: true, hasProcess: false, summed: "recovery",
    [
      .resolution, .bucket, .component, .init("action", .word(RecoveryAction.words)), .init("total", .count),
      .init("successful", .count), .init("attempts", .count),
      .init("duration_sum_ms", .milliseconds, sql: "t.duration_sum_us", stored: nil),
      .init("duration_max_ms", .milliseconds, sql: "t.duration_max_us", stored: nil),
      .pruned("recovery"),
    ])

  /// All calls of each bucket.
  static let sampleSums = TransferTable(
    "sample_sums", of: "sample_rollup", key: ["resolution", "bucket_at", "component_id", "epoch"],
    time: "bucket_at", isRollup: true, hasProcess: false, summed: "health_sample",
    [
      .resolution, .bucket, .component, .init("epoch", .integer), .init("successes", .count),
      .init("failures", .count), .init("rejected", .count), .rejected("circuit", reason: 0),
      .rejected("bulkhead", reason: 1), .init("cancelled", .count), .init("caller_errors", .count),
      .init("stale", .count),
      .init("duration_sum_ms", .milliseconds, sql: "t.duration_sum_us", stored: nil),
      .init("duration_max_ms", .milliseconds, sql: "t.duration_max_us", stored: nil),
      .init(
        "histogram", .counts,
        sql: """
          '[' || t.upto_1ms || ',' || t.upto_10ms || ',' || t.upto_100ms || ',' || t.upto_1s || ',' || t.upto_10s || ','
            || t.over_10s || ']'
          """, stored: nil),
      .pruned("health_sample"),
    ])

  /// The longest recovery of each minute, which the row of merged recoveries does not have.
  static let longestRecoveries = TransferTable(
    "longest_recoveries", of: "recovery_rollup", key: ["bucket_at", "component_id", "action"],
    time: "bucket_at", isRollup: true, hasProcess: false,
    [
      .minute, .component, .init("action", .word(RecoveryAction.words)),
      .init("duration_max_ms", .milliseconds, sql: "t.duration_max_us", stored: nil),
    ])
}

/// A field of a ``TransferTable``.
package struct TransferColumn: Sendable {
  package enum Kind: Sendable {
    /// A ledger id: in JSON a string, because JSON numbers lose digits past 2^53.
    case id
    /// Microseconds UTC: in JSON an ISO-8601 time.
    case time
    case component
    /// A text that may hold secrets.
    case text
    /// A text of a program.
    case plain
    /// A word, stored as its index.
    case word([String])
    /// 0 or 1: in JSON a Boolean.
    case flag
    /// 0 or more.
    case count
    case integer
    case real
    /// Microseconds: in JSON milliseconds.
    case milliseconds
    /// JSON in a text column: an object of strings, an array of strings, an array of counts.
    case object, list, counts
    /// JSON that stays a text.
    case json
  }

  package let name: String
  package let kind: Kind
  package let isOptional: Bool
  let sql: String
  /// The column that stores the value; `nil`: the table's own code does.
  let stored: String?

  init(_ name: String, _ kind: Kind, isOptional: Bool = false, sql: String, stored: String?) {
    self.name = name
    self.kind = kind
    self.isOptional = isOptional
    self.sql = sql
    self.stored = stored
  }

  /// Whether the value is the id of an error.
  var refersToError: Bool { name == "error_id" || name == "cause_id" }

  init(_ name: String, _ kind: Kind, isOptional: Bool = false) {
    self.init(name, kind, isOptional: isOptional, sql: "t.\(name)", stored: name)
  }

  static let id = TransferColumn("id", .id)
  static let timestamp = TransferColumn("timestamp", .time, sql: "t.at", stored: "at")
  /// A row whose component is missing from a damaged file still has a name.
  static let componentName =
    "iif(t.component_id IS NULL, NULL, coalesce(c.name, 'component-' || t.component_id))"
  static let component = TransferColumn("component", .component, sql: componentName, stored: nil)
  static let minute = TransferColumn("minute", .time, sql: "t.bucket_at", stored: nil)
  /// Seconds.
  static let resolution = TransferColumn("resolution", .count, sql: "t.resolution", stored: nil)
  static let bucket = TransferColumn("bucket", .time, sql: "t.bucket_at", stored: nil)
  static func rejected(_ word: String, reason: Int) -> TransferColumn {
    TransferColumn(
      "rejected_\(word)", .count,
      sql: """
        CAST((SELECT total(r.calls) FROM rejection_rollup r WHERE r.resolution = t.resolution AND r.bucket_at = t.bucket_at
          AND r.component_id = t.component_id AND r.epoch = t.epoch AND r.reason = \(reason)) AS INTEGER)
        """, stored: nil)
  }
  /// Whether retention has deleted rows of the bucket.
  static func pruned(_ table: String) -> TransferColumn {
    TransferColumn(
      "pruned", .flag, isOptional: true,
      sql: """
        coalesce((SELECT t.bucket_at < w.pruned_before_at FROM watermark w WHERE w.table_name = '\(table)'
          AND w.resolution = 0), 0)
        """, stored: nil)
  }
  static let requestID = TransferColumn("request_id", .text, isOptional: true)
  static let userID = TransferColumn("user_id", .text, isOptional: true)
  static let metadata = TransferColumn("metadata", .object, isOptional: true)
}

/// A value of a ``TransferRow``.
package enum TransferValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)

  package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  package var text: String? { if case .text(let value) = self { value } else { nil } }
}

/// A row of a ``TransferTable``, its values in the order of the columns.
package struct TransferRow: Sendable, Hashable {
  package var values: [TransferValue]
  /// The run that wrote the row, by its number in the ledger that the row was read from.
  package var process: Int64?

  package init(values: [TransferValue], process: Int64? = nil) {
    self.values = values
    self.process = process
  }
}

extension StoredCode {
  /// The vocabulary in the order of the codes.
  fileprivate static var words: [String] { stored.map(\.rawValue) }
}
