public import Healing
import HealingLedger

/// Checks a ledger: SQLite's integrity check, a recount of the roll-ups from the rows of history, and whether
/// every durable batch is in the file.
public struct LedgerCheck: Sendable {
  /// The result of a check.
  public struct Report: Sendable {
    /// One finding per line, for people.
    public let lines: [String]
    /// The damage; `nil` for a sound ledger.
    public let problem: LedgerError?
    /// The same findings, for programs.
    package let document: Document
  }

  /// The findings as `healing check --format json` prints them. Values that are not known are left out.
  package struct Document: Sendable, Encodable {
    package struct Problem: Sendable, Encodable {
      package let code: String
      package let problem: String
      package let remedy: String
    }

    package let ledger: String
    /// `full` or `quick`.
    package let mode: String
    package let sqlite: String
    /// A known fault of this version of SQLite.
    package let sqliteFault: String?
    package let schema: Int
    package let figures: LedgerFigures
    /// Findings of SQLite's checks; empty for an intact file.
    package let integrity: [String]?
    /// Totals that differ from the rows.
    package let rollUps: [String]?
    /// Durable batches that are missing from the file.
    package let missingBatches: Int64
    package let problem: Problem?
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
  public func run() async throws(LedgerError) -> Report { try await run(isQuick: false) { _ in } }

  /// - Parameters:
  ///   - isQuick: whether to check only for missing batches and to estimate sizes, without reading every page.
  ///   - logBytes: size of the write-ahead log past which the check ends.
  ///   - progress: called with the step that begins.
  package func run(
    isQuick: Bool, at now: Timestamp = SystemTimeSource().wallClock(),
    logBytes: Int64 = ReaderConnection.longReadLogBytes,
    progress: @escaping @Sendable (String) -> Void
  ) async throws(LedgerError) -> Report {
    let path = reader.file.path
    // Read before the rows: a writer writes a mark after its commit.
    let lockFile = LockFileMarks.reading(reader.file.lockPath)
    let marks = lockFile?.all ?? [:]
    let verdict = lockFile.flatMap { Self.verdict($0, of: reader.file) }
    return try await reader.readLong(
      "every page and total", remedy: "check a backup (healing backup TARGET), or use --quick",
      logBytes: logBytes
    ) { connection throws(SQLiteError) in
      var lines = ["ledger     \(path)", "sqlite     \(Connection.libraryVersion)\(Self.remark)"]
      let schema = try Migrator.appliedCount(connection)
      lines.append("schema     step \(schema)")
      if isQuick { lines.append("mode       quick: integrity and totals were not checked; ~ is an estimate") }
      progress("counting rows")
      let figures = try LedgerFigures(connection, of: self.reader.file, isQuick: isQuick, at: now)
      lines += figures.tableLines + figures.fileLines
      var damage: [String]?
      var differences: [String]?
      if !isQuick {
        progress("checking the integrity of \(ByteText.of(figures.ledgerBytes))")
        let found = try Self.damage(connection)
        lines.append("integrity  \(found.isEmpty ? "ok" : found.joined(separator: "; "))")
        progress("recounting every total")
        let differing = try Self.recount(connection)
        lines.append(
          "roll-ups   \(differing.isEmpty ? "agree with the rows" : differing.joined(separator: "; "))")
        (damage, differences) = (found, differing)
      }
      lines += try Self.pruned(connection)
      let problems = (damage ?? []) + (differences ?? [])
      let missing = try WriterSession.missingBatches(marks, connection)
      let lost = missing.isEmpty ? nil : self.reader.file.missing(missing)
      let wholeness =
        isQuick ? "every durable batch is in the file" : try Self.wholeness(connection)
      lines.append("batches    \(lost?.problem ?? wholeness)")
      if let verdict { lines.append("overwrite  \(verdict.problem)") }
      let problem = problems.first.map {
        LedgerError(.corrupt, ledger: path, problem: $0, remedy: "restore a backup")
      }
      let worst = verdict ?? problem ?? lost
      let document = Document(
        ledger: path, mode: isQuick ? "quick" : "full", sqlite: Connection.libraryVersion,
        sqliteFault: Self.remark.isEmpty ? nil : Self.remark.trimmed, schema: schema, figures: figures,
        integrity: damage, rollUps: differences, missingBatches: missing.values.reduce(0, &+),
        problem: worst.map {
          Document.Problem(code: $0.code.description, problem: $0.problem, remedy: $0.remedy)
        })
      return Report(lines: lines, problem: worst, document: document)
    }
  }

  /// Returns a line for each table that retention has deleted from.
  private static func pruned(_ connection: Connection) throws(SQLiteError) -> [String] {
    try connection.rows(
      """
      SELECT table_name || iif(resolution > 0, ' by ' || resolution || ' s', '') AS name, pruned_before_at, deleted
      FROM watermark ORDER BY table_name, resolution
      """
    ) {
      "pruned     \($0.text("name")) before \($0.time("pruned_before_at").iso8601): \($0.count("deleted")) rows"
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

  /// Compares every roll-up row with a sum over history and the sealed sums of deleted rows, in both directions.
  static func recount(_ connection: Connection) throws(SQLiteError) -> [String] {
    let bounds = try PrunedBounds(connection)
    var differences: [String] = []
    for resolution in RollupTable.resolutions {
      func bucket(_ time: String) -> String {
        resolution == 0 ? "0" : "\(time) / \(resolution * 1_000_000) * \(resolution * 1_000_000)"
      }
      /// Rows of a table from which on each bucket has all of them. Days and totals also have the sealed sums.
      func range(_ table: String, _ column: String) -> String {
        bounds.exactFrom(table, resolution).map { " AND \(column) >= \($0)" } ?? ""
      }
      let hasSealed = resolution == 0 || resolution == 86_400
      let recoveries = """
        SELECT bucket_at, component_id, action, sum(total) AS total, sum(successful) AS successful,
          sum(attempts) AS attempts, sum(duration_sum_us) AS duration_sum_us
        FROM (
          SELECT \(bucket("at")) AS bucket_at, component_id, action, occurrences AS total,
            occurrences * success AS successful, attempts, duration_us AS duration_sum_us
          FROM recovery WHERE true\(range("recovery", "at"))
          UNION ALL
          SELECT \(bucket("bucket_at")), component_id, action, total, successful, attempts, duration_sum_us
          FROM sealed_recovery WHERE \(hasSealed))
        GROUP BY 1, 2, 3
        """
      let kept = """
        SELECT bucket_at, component_id, action, total, successful, attempts, duration_sum_us
        FROM recovery_rollup WHERE resolution = \(resolution)\(range("recovery", "bucket_at"))
        """
      let samples = """
        SELECT bucket_at, component_id, epoch, sum(successes), sum(failures), sum(rejected), sum(cancelled),
          sum(caller_errors), sum(stale), sum(duration_sum_us), max(duration_max_us)
        FROM (
          SELECT \(bucket("at")) AS bucket_at, component_id, epoch, successes, failures, rejected, cancelled,
            caller_errors, stale, duration_sum_us, duration_max_us
          FROM health_sample WHERE true\(range("health_sample", "at"))
          UNION ALL
          SELECT \(bucket("bucket_at")), component_id, epoch, successes, failures, rejected, cancelled,
            caller_errors, stale, duration_sum_us, duration_max_us
          FROM sealed_sample WHERE \(hasSealed))
        GROUP BY 1, 2, 3
        """
      let keptSamples = """
        SELECT bucket_at, component_id, epoch, successes, failures, rejected, cancelled, caller_errors, stale,
          duration_sum_us, duration_max_us
        FROM sample_rollup WHERE resolution = \(resolution)\(range("health_sample", "bucket_at"))
        """
      // History has no rows by operation, so sums over the operations are compared.
      let rejections = """
        SELECT bucket_at, component_id, epoch, sum(coalesce(rejected_circuit, 0)) AS circuit,
          sum(coalesce(rejected_bulkhead, 0)) AS bulkhead
        FROM (
          SELECT \(bucket("at")) AS bucket_at, component_id, epoch, rejected_circuit, rejected_bulkhead
          FROM health_sample WHERE true\(range("health_sample", "at"))
          UNION ALL
          SELECT \(bucket("bucket_at")), component_id, epoch, rejected_circuit, rejected_bulkhead
          FROM sealed_sample WHERE \(hasSealed))
        GROUP BY 1, 2, 3 HAVING circuit > 0 OR bulkhead > 0
        """
      let keptRejections = """
        SELECT bucket_at, component_id, epoch, sum(iif(reason = 0, calls, 0)) AS circuit,
          sum(iif(reason = 1, calls, 0)) AS bulkhead
        FROM rejection_rollup WHERE resolution = \(resolution)\(range("health_sample", "bucket_at"))
        GROUP BY 1, 2, 3 HAVING circuit > 0 OR bulkhead > 0
        """
      for (table, history, sealed, counted, kept) in [
        ("recovery_rollup", "recovery", "sealed_recovery", recoveries, kept),
        ("sample_rollup", "health_sample", "sealed_sample", samples, keptSamples),
        ("rejection_rollup", "health_sample", "sealed_sample", rejections, keptRejections),
      ] {
        guard let places = try Self.places(where: counted, differsFrom: kept, connection) else {
          differences.append("the rows under \(table) have numbers whose sum exceeds the integer range")
          continue
        }
        if places > 0 {
          let seal = hasSealed && bounds.hasDeleted(history) ? " and \(sealed)" : ""
          differences.append(
            "\(table) differs from the rows\(seal) at resolution \(resolution) in \(places) places")
        }
      }
    }
    return try differences + compareResolutions(bounds, connection) + recountGroups(bounds, connection)
      + compareRowCounts(connection)
  }

  /// Compares the groups of errors and the calls by release with the rows of history, hours with days, and days with the
  /// groups' totals. Hours that retention deleted are in the days, which it keeps.
  private static func recountGroups(_ bounds: PrunedBounds, _ connection: Connection) throws(SQLiteError)
    -> [String]
  {
    guard try Migrator.appliedCount(connection) >= 16 else { return [] }
    var differences: [String] = []
    func compare(_ name: String, _ counted: String, _ kept: String) throws(SQLiteError) {
      guard let places = try Self.places(where: counted, differsFrom: kept, connection) else {
        differences.append("the rows under \(name) have numbers whose sum exceeds the integer range")
        return
      }
      if places > 0 { differences.append("\(name) in \(places) places") }
    }
    func from(_ bound: Int64?, _ column: String) -> String { bound.map { " AND \(column) >= \($0)" } ?? "" }
    let (hour, day) = (RollupAccumulator.hour, 24 * RollupAccumulator.hour)

    let errors = bounds.exactFrom("error", 3_600)
    try compare(
      "error_rollup differs from the rows at resolution 3600",
      """
      SELECT e.at / \(hour) * \(hour), e.component_id, e.fingerprint, coalesce(p.release, ''), count(*),
        sum(e.occurrences), sum(iif(e.cause_id IS NULL, 0, e.occurrences))
      FROM error e LEFT JOIN process p ON p.id = e.process_id WHERE true\(from(errors, "e.at")) GROUP BY 1, 2, 3, 4
      """,
      """
      SELECT r.bucket_at, r.component_id, g.fingerprint, g.release, r.entries, r.occurrences, r.referred
      FROM error_rollup r LEFT JOIN error_group g ON g.id = r.group_id
      WHERE r.resolution = 3600\(from(errors, "r.bucket_at"))
      """)
    let days = bounds.keptFrom(3_600, roundedTo: 86_400)
    try compare(
      "error_rollup differs between the resolutions 3600 and 86400",
      """
      SELECT bucket_at / \(day) * \(day), group_id, component_id, sum(entries), sum(occurrences), sum(referred)
      FROM error_rollup WHERE resolution = 3600\(from(days, "bucket_at")) GROUP BY 1, 2, 3
      """,
      """
      SELECT bucket_at, group_id, component_id, entries, occurrences, referred FROM error_rollup
      WHERE resolution = 86400\(from(days, "bucket_at"))
      """)
    try compare(
      "error_group differs from its days",
      """
      SELECT group_id, component_id, sum(entries), sum(occurrences), sum(referred) FROM error_rollup
      WHERE resolution = 86400 GROUP BY 1, 2
      """, "SELECT id, component_id, entries, occurrences, referred FROM error_group")
    if errors == nil {
      try compare(
        "error_group differs from the rows in its first, last or last id",
        """
        SELECT e.component_id, e.fingerprint, coalesce(p.release, ''), min(e.at), max(e.at), max(e.id)
        FROM error e LEFT JOIN process p ON p.id = e.process_id GROUP BY 1, 2, 3
        """, "SELECT component_id, fingerprint, release, first_at, last_at, last_error_id FROM error_group")
    }

    // Runs of a program that counts by release, and runs of other ledgers that this one has counted.
    let samples = bounds.exactFrom("health_sample", 3_600)
    let columns = [
      "successes", "failures", "rejected", "cancelled", "caller_errors", "stale", "duration_sum_us",
    ]
    let sums = columns.map { "sum(\($0))" }.joined(separator: ", ")
    let names = columns.joined(separator: ", ")
    try compare(
      "release_rollup differs from the rows at resolution 3600",
      """
      SELECT s.at / \(hour) * \(hour), s.component_id, coalesce(p.release, ''), \(sums), max(s.duration_max_us)
      FROM health_sample s CROSS JOIN process p ON p.id = s.process_id
      WHERE p.schema_step IS NOT NULL\(from(samples, "s.at")) GROUP BY 1, 2, 3
      """,
      """
      SELECT bucket_at, component_id, release, \(names), duration_max_us FROM release_rollup
      WHERE resolution = 3600\(from(samples, "bucket_at"))
      """)
    try compare(
      "release_rollup differs between the resolutions 3600 and 86400",
      """
      SELECT bucket_at / \(day) * \(day), component_id, release, \(sums), max(duration_max_us) FROM release_rollup
      WHERE resolution = 3600\(from(days, "bucket_at")) GROUP BY 1, 2, 3
      """,
      """
      SELECT bucket_at, component_id, release, \(names), duration_max_us FROM release_rollup
      WHERE resolution = 86400\(from(days, "bucket_at"))
      """)
    return differences
  }

  /// Compares the number of rows in each table of history with the number that was written and the number that retention
  /// deleted.
  private static func compareRowCounts(_ connection: Connection) throws(SQLiteError) -> [String] {
    let counted = try connection.rows(
      """
      SELECT r.id, r.earlier, r.inserted, coalesce(w.deleted, 0) AS deleted FROM row_count r
      LEFT JOIN watermark w ON w.table_name = r.table_name AND w.resolution = 0
      """
    ) {
      (
        id: Int($0.integer("id")), earlier: $0.count("earlier"), inserted: $0.count("inserted"),
        deleted: $0.count("deleted")
      )
    }
    var differences: [String] = []
    for row in counted where countedTables.indices.contains(row.id) {
      let table = countedTables[row.id]
      var inserted = row.inserted
      // Rows of the other kinds are in the feed, too.
      if table == WatermarkTable.feed {
        inserted = counted.filter { $0.id <= row.id }.reduce(0) { $0.addingClamped($1.inserted) }
      }
      let expected = row.earlier.addingClamped(inserted).subtractingClamped(row.deleted)
      let found = try connection.integer("SELECT count(*) FROM \(table)") ?? 0
      if found < expected {
        differences.append("\(table) lacks \(expected - found) of the rows that were written")
      } else if found > expected {
        differences.append("\(table) has \(found - expected) rows that no program has written")
      }
    }
    return differences
  }

  /// The tables of `row_count` by their numbers there.
  private static let countedTables = [
    "error", "recovery", "breaker_transition", "health_check", WatermarkTable.feed, "alert", "gap",
    "rejected_call", "policy_change", "component_change", "upkeep", "pin", "incident_note",
  ]

  /// Compares the sums of buckets with the sums of the next finer buckets, as far as these are kept: of roll-ups that have rows,
  /// where the rows were deleted, and of the others everywhere.
  private static func compareResolutions(_ bounds: PrunedBounds, _ connection: Connection) throws(SQLiteError)
    -> [String]
  {
    var differences: [String] = []
    let rollups: [(table: String, history: String?, keys: [String], figures: [String])] = [
      ("recovery_rollup", "recovery", ["action"], ["total", "successful", "attempts", "duration_sum_us"]),
      (
        "sample_rollup", "health_sample", ["epoch"],
        ["successes", "failures", "rejected", "cancelled", "caller_errors", "stale", "duration_sum_us"]
      ),
      ("rejection_rollup", nil, ["epoch", "operation", "reason"], ["calls"]),
      (
        "outcome_rollup", nil, [],
        [
          "attempts", "extra_attempts", "rejected", "saved", "degraded", "undone", "lost", "interrupted",
        ]
      ),
    ]
    for (rollup, history, keys, figures) in rollups {
      for (fine, coarse) in [(Int64(60), Int64(3_600)), (3_600, 86_400), (86_400, 0)] {
        guard let range = bounds.coarseRange(history, fine: fine, coarse: coarse) else { continue }
        let unit = coarse * 1_000_000
        let bucket = coarse == 0 ? "0" : "bucket_at / \(unit) * \(unit)"
        let within =
          coarse == 0 ? "true" : "bucket_at >= \(range.lowerBound) AND bucket_at < \(range.upperBound)"
        let names = (["component_id"] + keys).joined(separator: ", ")
        let summed = """
          SELECT \(bucket) AS bucket, \(names), \(figures.map { "sum(\($0))" }.joined(separator: ", "))
          FROM \(rollup) WHERE resolution = \(fine) AND \(within) GROUP BY bucket, \(names)
          """
        let kept = """
          SELECT bucket_at, \(names), \(figures.joined(separator: ", "))
          FROM \(rollup) WHERE resolution = \(coarse) AND \(within)
          """
        let places = try places(where: summed, differsFrom: kept, connection)
        guard places != 0 else { continue }
        differences.append(
          "\(rollup) differs between the resolutions \(fine) and \(coarse) in \(places ?? 1) places")
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

/// The times up to which the rows and the roll-ups of a ledger were deleted.
private struct PrunedBounds {
  private let before: [String: Int64]

  init(_ connection: Connection) throws(SQLiteError) {
    let rows = try connection.rows("SELECT table_name || resolution AS name, pruned_before_at FROM watermark")
    {
      // A damaged time must not overflow below.
      ($0.text("name"), min(max(0, $0.integer("pruned_before_at")), 1 << 62))
    }
    before = Dictionary(rows, uniquingKeysWith: max)
  }

  private static func roundedUp(_ time: Int64, to resolution: Int64) -> Int64 {
    (time + resolution * 1_000_000 - 1) / (resolution * 1_000_000) * (resolution * 1_000_000)
  }

  /// Returns the first bucket that has all of its rows; `nil` when all buckets are compared: nothing was deleted, or
  /// sealed sums stand for the deleted rows.
  func exactFrom(_ table: String, _ resolution: Int64) -> Int64? {
    guard resolution == 60 || resolution == 3_600 else { return nil }
    let bounds = [before[table + "0"], before[WatermarkTable.rollups + "\(resolution)"]].compactMap(\.self)
    return bounds.max().map { Self.roundedUp($0, to: resolution) }
  }

  /// Returns the first bucket, of a coarser resolution, of which all finer ones are kept; `nil` when none was deleted.
  func keptFrom(_ resolution: Int64, roundedTo coarse: Int64) -> Int64? {
    before[WatermarkTable.rollups + "\(resolution)"].map { Self.roundedUp($0, to: coarse) }
  }

  /// Whether retention has deleted rows of a table.
  func hasDeleted(_ table: String) -> Bool { before[table + "0"] != nil }

  /// Returns the range of coarse buckets whose finer buckets are kept and whose rows in `table` were deleted; `nil` for none.
  /// - Parameter table: `nil` for a roll-up without rows.
  func coarseRange(_ table: String?, fine: Int64, coarse: Int64) -> Range<Int64>? {
    // The sums of days are kept for good.
    if coarse == 0 { return .min..<(.max) }
    let pruned = keptFrom(fine, roundedTo: coarse)
    guard let table else { return (pruned ?? .min)..<(.max) }
    guard let rows = before[table + "0"] else { return nil }
    let from = pruned ?? 0
    let to = Self.roundedUp(rows, to: coarse)
    return from < to ? from..<to : nil
  }
}

extension String {
  /// The text without the blank and the parentheses around it.
  fileprivate var trimmed: String { String(dropFirst(2).dropLast()) }

  /// Compares dotted version numbers.
  fileprivate func compare(with other: String) -> Int {
    let a = split(separator: ".").map { Int($0) ?? 0 }
    let b = other.split(separator: ".").map { Int($0) ?? 0 }
    return a.lexicographicallyPrecedes(b) ? -1 : a == b ? 0 : 1
  }
}
