public import Healing

/// Checks a ledger: SQLite's integrity check, a recount of the roll-ups from the rows of history, and whether
/// every durable batch is in the file.
public struct LedgerCheck: Sendable {
  /// The result of a check.
  public struct Report: Sendable {
    /// One finding per line, for people.
    public let lines: [String]
    /// The damage; `nil` for a sound ledger.
    public let problem: LedgerError?
  }

  /// A connection of the check's own, without a deadline: reading a large ledger takes minutes.
  private let reader: ReaderConnection

  /// Opens the ledger for reading.
  /// - Throws: `LedgerError`.
  public init(path: String) throws(LedgerError) {
    reader = try ReaderConnection(file: LedgerFile(path: path))
  }

  /// Reads every page and recounts every total in one read transaction.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func run() async throws(LedgerError) -> Report {
    let path = reader.file.path
    // Read before the rows: a writer writes a mark after its commit.
    let lockFile = LockFileMarks.reading(reader.file.lockPath)
    let marks = lockFile?.all ?? [:]
    let verdict = lockFile.flatMap { Self.verdict($0, of: reader.file) }
    return try await reader.read { connection throws(SQLiteError) in
      var lines = ["ledger     \(path)", "sqlite     \(Connection.libraryVersion)\(Self.remark)"]
      let schema = try Migrator.appliedCount(connection)
      lines.append("schema     step \(schema)")
      for table in [
        "error", "health_sample", "health_check", "recovery", "rejected_call", "breaker_transition", "alert",
        "gap",
      ] {
        let count = try connection.integer("SELECT count(*) FROM \(table)") ?? 0
        lines.append("rows       \(table) \(count)")
      }
      var problems = try Self.damage(connection)
      lines.append("integrity  \(problems.isEmpty ? "ok" : problems.joined(separator: "; "))")
      let differences = try Self.recount(connection)
      lines.append(
        "roll-ups   \(differences.isEmpty ? "agree with the rows" : differences.joined(separator: "; "))")
      problems += differences
      let missing = try WriterSession.missingBatches(marks, connection)
      let lost = missing.isEmpty ? nil : self.reader.file.missing(missing)
      let wholeness = try Self.wholeness(connection)
      lines.append("batches    \(lost?.problem ?? wholeness)")
      if let verdict { lines.append("overwrite  \(verdict.problem)") }
      let problem = problems.first.map {
        LedgerError(.corrupt, ledger: path, problem: $0, remedy: "restore a backup")
      }
      return Report(lines: lines, problem: verdict ?? problem ?? lost)
    }
  }

  /// Returns a writer's verdict on a ledger that was overwritten while it was open.
  private static func verdict(_ marks: LockFileMarks, of file: LedgerFile) -> LedgerError? {
    guard let log = FileIdentity(path: file.logPath), log.size > 0,
      let ledger = FileIdentity(path: file.location), marks.condemns(log: log, of: ledger)
    else { return nil }
    return file.otherContents
  }

  /// Returns the message for a ledger without missing batches, except those recorded as lost.
  private static func wholeness(_ connection: Connection) throws(SQLiteError) -> String {
    let lost =
      try connection.integer("SELECT CAST(total(events) AS INTEGER) FROM gap WHERE kind = 'batches_lost'")
      ?? 0
    return lost > 0
      ? "every durable batch is in the file, except \(lost) that were lost earlier (see v_gaps)"
      : "every durable batch is in the file"
  }

  /// Returns the findings of SQLite's checks; of the integrity check at most ten.
  private static func damage(_ connection: Connection) throws(SQLiteError) -> [String] {
    try connection.rows("PRAGMA integrity_check(10)") { $0.text("integrity_check") }.filter { $0 != "ok" }
      + connection.rows("PRAGMA foreign_key_check") { "\($0.text("table")): a row refers to a missing row" }
  }

  /// Returns the first problem in the file, missing batches excepted; `nil` when it is sound.
  static func firstProblem(_ connection: Connection) throws(SQLiteError) -> String? {
    if let damage = try damage(connection).first { return damage }
    return try recount(connection).first
  }

  private static var remark: String {
    Connection.libraryVersion.compare(with: "3.51.3") < 0
      ? " (has the WAL-reset bug fixed in 3.51.3; a lock between writers avoids it)" : ""
  }

  /// Compares every roll-up row with a sum over history, in both directions.
  static func recount(_ connection: Connection) throws(SQLiteError) -> [String] {
    var differences: [String] = []
    for resolution in RollupTable.resolutions {
      let bucket = resolution == 0 ? "0" : "at / \(resolution * 1_000_000) * \(resolution * 1_000_000)"
      let recoveries = """
        SELECT \(bucket) AS bucket_at, component_id, action, sum(occurrences) AS total,
          sum(occurrences * success) AS successful, sum(attempts) AS attempts, sum(duration_us) AS duration_sum_us
        FROM recovery GROUP BY 1, 2, 3
        """
      let kept = """
        SELECT bucket_at, component_id, action, total, successful, attempts, duration_sum_us
        FROM recovery_rollup WHERE resolution = \(resolution)
        """
      let samples = """
        SELECT \(bucket) AS bucket_at, component_id, epoch, sum(successes), sum(failures), sum(rejected),
          sum(cancelled), sum(caller_errors), sum(stale), sum(duration_sum_us), max(duration_max_us)
        FROM health_sample GROUP BY 1, 2, 3
        """
      let keptSamples = """
        SELECT bucket_at, component_id, epoch, successes, failures, rejected, cancelled, caller_errors, stale,
          duration_sum_us, duration_max_us
        FROM sample_rollup WHERE resolution = \(resolution)
        """
      // History has no rows by operation, so sums over the operations are compared.
      let rejections = """
        SELECT \(bucket) AS bucket_at, component_id, epoch, sum(coalesce(rejected_circuit, 0)) AS circuit,
          sum(coalesce(rejected_bulkhead, 0)) AS bulkhead
        FROM health_sample GROUP BY 1, 2, 3 HAVING circuit > 0 OR bulkhead > 0
        """
      let keptRejections = """
        SELECT bucket_at, component_id, epoch, sum(iif(reason = 0, calls, 0)) AS circuit,
          sum(iif(reason = 1, calls, 0)) AS bulkhead
        FROM rejection_rollup WHERE resolution = \(resolution) GROUP BY 1, 2, 3 HAVING circuit > 0 OR bulkhead > 0
        """
      for (table, counted, kept) in [
        ("recovery_rollup", recoveries, kept), ("sample_rollup", samples, keptSamples),
        ("rejection_rollup", rejections, keptRejections),
      ] {
        guard let places = try Self.places(where: counted, differsFrom: kept, connection) else {
          differences.append("the rows under \(table) have numbers whose sum exceeds the integer range")
          continue
        }
        if places > 0 {
          differences.append(
            "\(table) differs from the rows at resolution \(resolution) in \(places) places")
        }
      }
    }
    return differences
  }

  /// - Returns: number of differing rows; `nil` when a sum overflows, which happens only with a damaged number.
  private static func places(
    where counted: String, differsFrom kept: String, _ connection: Connection
  ) throws(SQLiteError) -> Int64? {
    do throws(SQLiteError) {
      let missing = try connection.integer("SELECT count(*) FROM (\(counted) EXCEPT \(kept))") ?? 0
      let extra = try connection.integer("SELECT count(*) FROM (\(kept) EXCEPT \(counted))") ?? 0
      return max(missing, extra)
    } catch {
      guard error.isIntegerOverflow else { throw error }
      return nil
    }
  }
}

extension String {
  /// Compares dotted version numbers.
  fileprivate func compare(with other: String) -> Int {
    let a = split(separator: ".").map { Int($0) ?? 0 }
    let b = other.split(separator: ".").map { Int($0) ?? 0 }
    return a.lexicographicallyPrecedes(b) ? -1 : a == b ? 0 : 1
  }
}
