import Glibc
import Healing

/// The sizes of a ledger, its growth, and its last upkeep, as `healing check` reports them. Values that are not known
/// are `nil`.
package struct LedgerFigures: Sendable, Encodable {
  package struct Table: Sendable, Encodable {
    package let table: String
    package let rows: Int64
    package let rowsEstimated: Bool
    /// Bytes of the table's pages and of its indexes' pages.
    package let bytes: Int64?
    package let bytesEstimated: Bool
    /// Time of the oldest row, ISO-8601.
    package let oldest: String?
    package fileprivate(set) var rowsPerDay: Double?
    fileprivate let oldestAt: Timestamp?
    fileprivate let recentRows: Int64

    private enum CodingKeys: CodingKey {
      case table, rows, rowsEstimated, bytes, bytesEstimated, oldest, rowsPerDay
    }
  }

  /// The last row of `upkeep` of one kind.
  package struct Upkeep: Sendable, Encodable {
    package let kind: String
    package let at: String
    package let outcome: String
    package let durationMs: Double
  }

  package let ledgerBytes: Int64
  package let logBytes: Int64
  /// Bytes that the file system has for programs of unprivileged users.
  package let diskFreeBytes: Int64?
  package let pageBytes: Int64
  package let pages: Int64
  /// Pages that hold no data. New rows use them before the file grows.
  package let freePages: Int64
  package private(set) var tables: [Table] = []
  package private(set) var bytesPerDay: Double?
  /// Length of the period that the growth was computed from, in days.
  package private(set) var growthDays: Double?
  package private(set) var daysUntilFull: Double?
  /// Size above which retention deletes the oldest rows: that of the last prune, or the default; `nil` for none.
  package let sizeLimitBytes: Int64?
  /// Days until the pages in use have that size.
  package private(set) var daysUntilSizeLimit: Double?
  package let upkeep: [Upkeep]

  /// Tables with one row per event.
  static let histories = [
    "error", "health_sample", "health_check", "recovery", "rejected_call", "breaker_transition", "alert",
    "gap",
  ]
  /// Histories whose rows are also in the feed.
  private static let inFeed: Set = ["error", "recovery", "breaker_transition", "health_check", "alert"]
  static let rollups = [
    "recovery_rollup", "sample_rollup", "rejection_rollup", "outcome_rollup", "error_rollup",
    "release_rollup",
  ]

  /// Roll-ups that begin with hours.
  private static let hourly: Set = ["error_rollup", "release_rollup"]

  private static let day: Int64 = 86_400_000_000
  /// Days of history that a full check computes the growth from.
  private static let recentDays: Int64 = 7
  /// Shortest history that a growth is computed from, in microseconds: an hour.
  private static let shortestHistory: Int64 = 3_600_000_000
  /// Tables of at most so many rows are counted by a quick check.
  private static let countedRows: Int64 = 1_000

  /// Reads the figures. Call it in a read transaction.
  /// - Parameter isQuick: whether to estimate rows and bytes instead of reading every row and page.
  init(_ connection: Connection, of file: LedgerFile, isQuick: Bool, at now: Timestamp) throws(SQLiteError) {
    ledgerBytes = FileIdentity(path: file.location)?.size ?? 0
    logBytes = FileIdentity(path: file.logPath)?.size ?? 0
    diskFreeBytes = Self.freeBytes(file.folder)
    pageBytes = try connection.integer("PRAGMA page_size") ?? 0
    pages = try connection.integer("PRAGMA page_count") ?? 0
    freePages = try connection.integer("PRAGMA freelist_count") ?? 0
    upkeep = try Self.lastUpkeep(connection)
    sizeLimitBytes = try Self.sizeLimit(connection)
    let sizes = isQuick ? nil : try Self.measuredBytes(connection)
    let trees = try connection.rows(
      "SELECT name, tbl_name, rootpage FROM main.sqlite_schema WHERE type IN ('table', 'index') AND rootpage > 0"
    ) { (name: $0.text("name"), table: $0.text("tbl_name"), root: $0.integer("rootpage")) }
    let (size, since) = (Int(pageBytes), now.microseconds - Self.recentDays * Self.day)
    for name in Self.histories + ["feed"] + Self.rollups {
      let estimates = trees.filter { $0.table == name }.map { tree in
        (tree.name, sizes != nil ? nil : BTreeEstimate(root: tree.root) { connection.page($0, size: size) })
      }
      var rows: Int64
      var recent: Int64 = 0
      var isEstimate = false
      if isQuick {
        rows =
          try connection.integer("SELECT count(*) FROM (SELECT 1 FROM \(name) LIMIT \(Self.countedRows + 1))")
          ?? 0
        if rows > Self.countedRows {
          isEstimate = true
          rows = max(rows, estimates.first { $0.0 == name }?.1?.rows ?? 0)
        }
      } else {
        (rows, recent) = try Self.count(name, since: since, until: now.microseconds, connection)
      }
      let pages = estimates.reduce(0) { $0 + ($1.1?.pages ?? 0) }
      let oldest = try Self.oldest(name, connection)
      tables.append(
        Table(
          table: name, rows: rows, rowsEstimated: isEstimate,
          bytes: sizes.map { $0[name] ?? 0 } ?? pages * pageBytes,
          bytesEstimated: sizes == nil, oldest: oldest?.iso8601, rowsPerDay: nil, oldestAt: oldest,
          recentRows: recent))
    }
    computeGrowth(isQuick: isQuick, now: now)
  }

  // MARK: Growth

  private mutating func computeGrowth(isQuick: Bool, now: Timestamp) {
    guard let oldest = tables.compactMap(\.oldestAt).filter({ $0 < now }).min() else { return }
    let age = now.microseconds.subtractingReportingOverflow(oldest.microseconds)
    guard !age.overflow, age.partialValue >= Self.shortestHistory else { return }
    let length = isQuick ? age.partialValue : min(age.partialValue, Self.recentDays * Self.day)
    let days = Double(length) / Double(Self.day)
    let fed = tables.filter { Self.inFeed.contains($0.table) }
    let share = Double(fed.reduce(0) { $0 + $1.recentRows }) / Double(max(1, fed.reduce(0) { $0 + $1.rows }))
    var growth = 0.0
    for index in tables.indices {
      let table = tables[index]
      // The feed has no times: it grows with the tables whose rows it lists.
      let recent =
        isQuick
        ? Double(table.rows) : table.table == "feed" ? Double(table.rows) * share : Double(table.recentRows)
      tables[index].rowsPerDay = (recent / days * 10).rounded() / 10
      growth += recent / days * Double(table.bytes ?? 0) / Double(max(1, table.rows))
    }
    growthDays = (days * 100).rounded() / 100
    bytesPerDay = growth.rounded()
    guard growth >= 1 else { return }
    if let diskFreeBytes { daysUntilFull = (Double(diskFreeBytes) / growth).rounded() }
    if let sizeLimitBytes {
      let left = Double(sizeLimitBytes) - Double(max(0, pages - freePages)) * Double(pageBytes)
      daysUntilSizeLimit = (max(0, left) / growth).rounded()
    }
  }

  // MARK: Reading

  /// - Returns: all rows, and those between two times.
  private static func count(_ table: String, since: Int64, until: Int64, _ connection: Connection)
    throws(SQLiteError) -> (Int64, Int64)
  {
    guard table != "feed" else { return (try connection.integer("SELECT count(*) FROM feed") ?? 0, 0) }
    let time = rollups.contains(table) ? "iif(resolution > 0, bucket_at, 0)" : "at"
    return try connection.rows(
      "SELECT count(*) AS rows, count(*) FILTER (WHERE \(time) BETWEEN \(since) AND \(until)) AS recent FROM \(table)"
    ) { ($0.count("rows"), $0.count("recent")) }.first ?? (0, 0)
  }

  /// Returns the time of the row with the lowest id, or of the first minute.
  private static func oldest(_ table: String, _ connection: Connection) throws(SQLiteError) -> Timestamp? {
    guard table != "feed" else { return nil }
    let sql =
      rollups.contains(table)
      ? "SELECT min(bucket_at) FROM \(table) WHERE resolution = \(hourly.contains(table) ? 3_600 : 60)"
      : "SELECT at FROM \(table) WHERE id = (SELECT min(id) FROM \(table))"
    return try connection.rows(sql) { $0.optionalTime(0) }.first ?? nil
  }

  /// Returns the bytes of each table with its indexes, which reads every page; `nil` when SQLite was built without
  /// `dbstat`.
  private static func measuredBytes(_ connection: Connection) throws(SQLiteError) -> [String: Int64]? {
    guard try connection.integer("SELECT count(*) FROM pragma_module_list WHERE name = 'dbstat'") == 1 else {
      return nil
    }
    do throws(SQLiteError) {
      let rows = try connection.rows(
        """
        SELECT s.tbl_name AS name, CAST(total(d.pgsize) AS INTEGER) AS bytes
        FROM dbstat d JOIN main.sqlite_schema s ON s.name = d.name WHERE d.aggregate = TRUE GROUP BY 1
        """
      ) { ($0.text("name"), max(0, $0.integer("bytes"))) }
      return Dictionary(rows, uniquingKeysWith: { first, _ in first })
    } catch {
      // The integrity check reports the damage.
      if error.isCorrupt { return nil }
      throw error
    }
  }

  private static func lastUpkeep(_ connection: Connection) throws(SQLiteError) -> [Upkeep] {
    try connection.rows(
      """
      SELECT kind, at, outcome, duration_us FROM upkeep WHERE id IN (SELECT max(id) FROM upkeep GROUP BY kind)
      ORDER BY kind
      """
    ) {
      Upkeep(
        kind: $0.text("kind"), at: $0.time("at").iso8601, outcome: $0.text("outcome"),
        durationMs: $0.duration("duration_us").milliseconds)
    }
  }

  /// Returns the size limit that the last prune had. Programs do not store their options otherwise.
  private static func sizeLimit(_ connection: Connection) throws(SQLiteError) -> Int64? {
    let figures = try connection.text(
      "SELECT figures FROM upkeep WHERE id = (SELECT max(id) FROM upkeep WHERE kind = 'prune' AND outcome = 'ok')"
    )
    guard let limit = figures.flatMap({ StoredJSON.number("max_bytes", in: $0) }) else {
      return RetentionOptions.standard.maxBytes
    }
    return limit
  }

  private static func freeBytes(_ folder: String) -> Int64? {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return nil }
    let bytes = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return bytes.overflow ? nil : Int64(clamping: bytes.partialValue)
  }
}

extension LedgerFigures {
  /// The lines of the tables.
  var tableLines: [String] {
    tables.map { table in
      var words = ["rows       \(table.table) \(table.rowsEstimated ? "~" : "")\(table.rows)"]
      if let bytes = table.bytes { words.append((table.bytesEstimated ? "~" : "") + ByteText.of(bytes)) }
      if let oldest = table.oldest { words.append("since \(oldest.prefix(10))") }
      if let rate = table.rowsPerDay { words.append("\(Int64(min(rate, 1e15))) a day") }
      return words.joined(separator: ", ")
    }
  }

  /// The lines of the file: size, growth, last upkeep.
  var fileLines: [String] {
    let free = pages > 0 ? Double(freePages) / Double(pages) * 100 : 0
    var lines = [
      "size       \(ByteText.of(ledgerBytes)), -wal \(ByteText.of(logBytes)), \(Int64(free.rounded())) % of the pages are free"
    ]
    if let bytesPerDay, let growthDays {
      let period = growthDays >= 1 ? "\(growthDays) days" : "\((growthDays * 240).rounded() / 10) hours"
      lines.append("growth     ~\(ByteText.of(Int64(min(bytesPerDay, 1e18)))) a day, from the last \(period)")
    } else {
      lines.append("growth     not known: the history is shorter than an hour")
    }
    if let diskFreeBytes {
      let days = daysUntilFull.map { ", enough for ~\(Int64(min($0, 1e9))) days" } ?? ""
      lines.append("disk       \(ByteText.of(diskFreeBytes)) free\(days)")
    }
    if let sizeLimitBytes {
      let days =
        daysUntilSizeLimit.map { $0 > 0 ? ", reached in ~\(Int64(min($0, 1e9))) days" : ", reached" } ?? ""
      lines.append("retention  deletes the oldest rows above \(ByteText.of(sizeLimitBytes))\(days)")
    }
    let last = upkeep.map { "\($0.kind) \($0.outcome) at \($0.at.prefix(19))Z" }
    lines.append("upkeep     \(last.isEmpty ? "none recorded" : last.joined(separator: ", "))")
    return lines
  }
}
