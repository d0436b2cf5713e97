package import Healing

/// Deletes what retention does not keep, a slice at a time.
///
/// ``next(_:now:)`` finds a slice without a lock; ``run(_:_:now:)`` deletes it in one transaction, in which it also adds
/// the rows to the sealed sums and advances the watermark. Two processes may prune at once: a slice deletes the rows that
/// are there.
package struct Pruner {
  /// Rows and bytes that were deleted from a table.
  package struct Deleted: Sendable, Hashable {
    package var rows: Int64 = 0
    /// Approximate.
    package var bytes: Int64 = 0
  }

  /// What one transaction deletes.
  package enum Slice {
    case feed(after: Int64, through: Int64, cutoff: Int64)
    case rows(table: String, after: Int64, through: Int64, cutoff: Int64)
    case rollups(table: String, resolution: Int64, from: Int64, to: Int64, cutoff: Int64)
    /// Moves back the watermark of sums that a clock far ahead has moved.
    case watermark(resolution: Int64, to: Int64)
    /// Gives free pages back to the file system.
    case vacuum(pages: Int)
  }

  /// What may be deleted on a full disk, whatever the options keep: the oldest rows, down to a size, and at most the older half of
  /// the time that a table has rows of.
  package struct Relief: Sendable {
    /// Bytes of used pages.
    fileprivate let limit: Int64
    /// Times before which rows may go.
    fileprivate let cutoffs: [PrunedTable: Int64]

    /// - Parameter bytes: what to free at least; at most half of the bytes in use.
    init(bytes: Int64, _ connection: Connection, now: Timestamp) throws(SQLiteError) {
      let used = try Pruner.usedBytes(connection)
      limit = max(used / 2, used - max(bytes, used / 4))
      var cutoffs: [PrunedTable: Int64] = [:]
      for tables in PrunedTable.bySize {
        var middle: Int64?
        for table in tables {
          guard let oldest = try Pruner.median("\(table.rawValue) ORDER BY id", connection),
            let newest = try Pruner.median("\(table.rawValue) ORDER BY id DESC", connection)
          else { continue }
          let from = max(0, oldest)
          let half = from + (max(from, min(newest, now.microseconds)) - from) / 2
          middle = min(middle ?? half, half)
        }
        for table in tables { cutoffs[table] = middle.map { $0 / Pruner.minute * Pruner.minute } }
      }
      self.cutoffs = cutoffs
    }
  }

  private enum Step: Equatable {
    case feed
    case rows(PrunedTable)
    case rollups(String, Int64)
    case watermark(Int64)
    case size, vacuum
  }

  /// The longest transaction that slices aim at: half of the limit of 50 ms.
  private static let target = Duration.milliseconds(20)
  /// Most rows of a slice. The sums of ``PrunedTable`` depend on it.
  static let mostRows = 16_384
  private static let fewestRows = 64
  private static let fewestPages = 4
  private static let firstRows = 256
  private static let rollupTables = [
    "recovery_rollup", "sample_rollup", "outcome_rollup", "rejection_rollup", "error_rollup",
    "release_rollup",
  ]
  private static let minute: Int64 = 60_000_000
  /// Passes after which pinned rows are looked at again.
  private static let passesPerWalk = 60
  /// Rows of which the median time decides how much goes when the ledger is too large.
  private static let sizeStep: Int64 = 4_096

  private let options: RetentionOptions
  private var steps: [Step] = []
  /// The last id, position or bucket that the present step has visited.
  private var cursor: Int64?
  private var rowsPerSlice = Pruner.firstRows
  private var pagesPerSlice = 16
  /// Times before which rows go because the ledger is too large.
  private var sizeCutoffs: [PrunedTable: Int64] = [:]
  /// Size limit of this pass; `nil`: that of the options.
  private var passLimit: Int64?
  /// Limits of this pass on a full disk; `nil` for a pass of the options.
  private var relief: Relief?
  /// Whether the ledger was too large and is not yet clearly below the limit.
  private var isShrinking = false
  private var freePagesBefore: Int64?
  private var hasPins = false
  /// The pins at the beginning of the last pass, and the passes since all rows were looked at.
  private var pins = ""
  private var passes = 0
  /// Ids through which every row of a table is pinned.
  private var pinnedThrough: [PrunedTable: Int64] = [:]
  /// What this pass deleted, by table.
  package private(set) var deleted: [String: Deleted] = [:]
  /// Pages that this pass gave back to the file system.
  package private(set) var freedPages: Int64 = 0

  package init(_ options: RetentionOptions) { self.options = options }

  /// Whether a pass is running.
  package var isActive: Bool { !steps.isEmpty }

  /// Begins a pass over all tables.
  /// - Parameter relief: limits on a full disk, whatever the size limit of the options.
  package mutating func begin(relief: Relief? = nil, _ connection: Connection) throws(SQLiteError) {
    hasPins = try Self.hasPins(connection)
    let pins = try connection.text("SELECT count(*) || ' ' || count(removed_at) FROM pin") ?? ""
    passes += 1
    // Rows of other ledgers can have ids below those of pinned rows.
    if pins != self.pins || passes >= Self.passesPerWalk { (pinnedThrough, passes) = ([:], 0) }
    self.pins = pins
    self.relief = relief
    passLimit = relief?.limit ?? options.maxBytes
    isShrinking = isShrinking || relief != nil
    steps =
      [.watermark(60), .watermark(3_600), .feed] + PrunedTable.allCases.map(Step.rows)
      + [Int64(60), 3_600].flatMap { resolution in Self.rollupTables.map { .rollups($0, resolution) } }
      + [.size, .vacuum]
    (cursor, deleted, freedPages, sizeCutoffs, freePagesBefore) = (nil, [:], 0, [:], nil)
  }

  private static func hasPins(_ connection: Connection) throws(SQLiteError) -> Bool {
    try connection.integer("SELECT EXISTS (SELECT 1 FROM pin WHERE removed_at IS NULL)") == 1
  }

  /// Ends the pass, whatever is left of it.
  package mutating func stop() { steps = [] }

  /// Finds the next slice of the pass; `nil` at the end of the pass. Needs no lock.
  package mutating func next(_ connection: Connection, now: Timestamp) throws(SQLiteError) -> Slice? {
    while let step = steps.first {
      if let slice = try find(step, connection, now) { return slice }
      // The step of the size may have put others before it.
      if steps.first == step {
        steps.removeFirst()
        (cursor, rowsPerSlice) = (nil, Self.firstRows)
      }
    }
    return nil
  }

  private mutating func find(_ step: Step, _ connection: Connection, _ now: Timestamp) throws(SQLiteError)
    -> Slice?
  {
    switch step {
    case .feed: try findFeed(connection, now)
    case .rows(let table): try findRows(table, connection, now)
    case .rollups(let table, let resolution): try findRollups(table, resolution, connection, now)
    case .watermark(let resolution): try findWatermark(resolution, connection, now)
    case .size: try findExcess(connection, now)
    case .vacuum: try findFreePages(connection)
    }
  }

  // MARK: Cutoffs

  /// Returns the start of the first minute that is kept; `nil` when the age is not limited.
  private static func cutoff(_ age: Duration?, _ now: Timestamp, unit: Int64 = minute) -> Int64? {
    guard let age else { return nil }
    let start = max(0, now.microseconds.subtractingReportingOverflow(age.microseconds).partialValue)
    return min(start, max(0, now.microseconds)) / unit * unit
  }

  private func cutoff(of table: PrunedTable, _ now: Timestamp) -> Int64? {
    [Self.cutoff(table.age(options), now), sizeCutoffs[table]].compactMap(\.self).max()
  }

  // MARK: Rows

  private mutating func findRows(_ table: PrunedTable, _ connection: Connection, _ now: Timestamp)
    throws(SQLiteError) -> Slice?
  {
    guard let cutoff = cutoff(of: table, now) else { return nil }
    // Ids have about the order of times. Rows with wrong times lie between others: rows from the future are passed over,
    // and the step ends where rows are recent.
    if cursor == nil {
      try passPinned(table, connection)
      cursor = pinnedThrough[table]
    }
    var limit = rowsPerSlice
    while true {
      let after = cursor ?? .min
      let found = try connection.rows(
        """
        SELECT max(id) AS last, total(at < ?2\(hasPins ? " AND \(PrunedTable.unpinned(table.rawValue, "at"))" : "")) AS old,
          total(at >= ?2 AND at <= ?3) AS recent
        FROM (SELECT id, at, component_id FROM \(table.rawValue) WHERE id > ?1 ORDER BY id LIMIT ?4) AS \(table.rawValue)
        """
      ) {
        $0.bind(1, after)
        $0.bind(2, cutoff)
        $0.bind(3, now.microseconds)
        $0.bind(4, limit)
      } _: {
        (last: $0.optionalInteger("last"), old: $0.double("old"), recent: $0.double("recent"))
      }.first
      guard let found, let last = found.last else { return nil }
      if found.old == 0 && found.recent > 0 { return nil }
      if found.old > 0 && limit > rowsPerSlice {
        limit = rowsPerSlice
        continue
      }
      cursor = last
      if found.old > 0 {
        return .rows(table: table.rawValue, after: after, through: last, cutoff: cutoff)
      }
      // Rows that stay are passed over in larger steps.
      limit = min(Self.mostRows, 2 * limit)
    }
  }

  /// Moves ``pinnedThrough`` over rows that are all pinned.
  private mutating func passPinned(_ table: PrunedTable, _ connection: Connection) throws(SQLiteError) {
    while hasPins {
      let found = try connection.rows(
        """
        SELECT max(id) AS last, count(*) AS rows, total(\(PrunedTable.unpinned(table.rawValue, "at"))) AS free
        FROM (SELECT id, at, component_id FROM \(table.rawValue) WHERE id > ?1 ORDER BY id LIMIT ?2) AS \(table.rawValue)
        """
      ) {
        $0.bind(1, pinnedThrough[table] ?? .min)
        $0.bind(2, Self.sizeStep)
      } _: {
        (last: $0.optionalInteger("last"), rows: $0.integer("rows"), free: $0.double("free"))
      }.first
      guard let found, let last = found.last, found.rows == Self.sizeStep, found.free == 0 else { return }
      pinnedThrough[table] = last
    }
  }

  private mutating func delete(
    _ table: PrunedTable, after: Int64, through: Int64, cutoff: Int64, _ connection: Connection,
    _ now: Timestamp
  ) throws(SQLiteError) {
    let condition = table.condition(hasPins: hasPins)
    func bind(_ statement: Statement) {
      statement.bind(1, after)
      statement.bind(2, through)
      statement.bind(3, cutoff)
    }
    let counted = try connection.rows(
      "SELECT count(*) AS rows, total(\(table.bytes)) AS bytes FROM \(table.rawValue) WHERE \(condition)",
      bind: bind
    ) { (rows: $0.integer("rows"), bytes: Int64($0.double("bytes"))) }.first
    guard let counted, counted.rows > 0 else { return }
    if let seal = table.seal(condition) {
      let statement = try connection.cached(seal)
      bind(statement)
      try statement.runAndReset()
    }
    let delete = try connection.cached("DELETE FROM \(table.rawValue) WHERE \(condition)")
    bind(delete)
    try delete.runAndReset()
    try WatermarkTable.advance(
      table.rawValue, to: cutoff, deleted: counted.rows, at: now, connection)
    add(counted.rows, counted.bytes, to: table.rawValue)
  }

  private mutating func add(_ rows: Int64, _ bytes: Int64, to table: String) {
    deleted[table, default: Deleted()].rows += rows
    deleted[table, default: Deleted()].bytes += bytes
  }

  // MARK: The feed

  /// Positions go in order, up to the first one whose event is kept. An event whose row is gone has no time.
  private mutating func findFeed(_ connection: Connection, _ now: Timestamp) throws(SQLiteError) -> Slice? {
    // No position is kept longer than the row that it refers to.
    let cutoffs =
      [Self.cutoff(options.events, now)] + [.errors, .recoveries, .checks].map { cutoff(of: $0, now) }
    guard let cutoff = cutoffs.compactMap(\.self).max() else { return nil }
    let after = if let cursor { cursor } else { try WatermarkTable.lastDeletedPosition(connection) }
    let found = try connection.rows(
      """
      SELECT max(position) AS last, min(iif(time BETWEEN ?2 AND ?3, position, NULL)) AS stop,
        (SELECT max(position) FROM feed) AS "end"
      FROM (SELECT f.position, CASE f.kind
          WHEN 0 THEN (SELECT at FROM error WHERE id = f.id)
          WHEN 1 THEN (SELECT at FROM recovery WHERE id = f.id)
          WHEN 2 THEN (SELECT at FROM breaker_transition WHERE id = f.id)
          WHEN 3 THEN (SELECT at FROM health_check WHERE id = f.id)
          ELSE (SELECT at FROM alert WHERE id = f.id) END AS time
        FROM feed f WHERE f.position > ?1 ORDER BY f.position LIMIT ?4)
      """
    ) {
      $0.bind(1, after)
      $0.bind(2, cutoff)
      $0.bind(3, now.microseconds)
      $0.bind(4, rowsPerSlice)
    } _: {
      (
        last: $0.optionalInteger("last"), stop: $0.optionalInteger("stop"),
        end: $0.integer("end")
      )
    }.first
    guard let found, let last = found.last else { return nil }
    // The last position stays: the next one is above it.
    let through = min(found.stop.map { $0 - 1 } ?? last, found.end - 1)
    guard through > after else { return nil }
    cursor = through
    return .feed(after: after, through: through, cutoff: cutoff)
  }

  /// SQL condition on the positions of a slice that are deleted.
  private static let deletableFeed =
    "position > ?1 AND position <= ?2 AND kind <> \(FeedTable.Kind.alert.rawValue)"

  private mutating func deleteFeed(
    after: Int64, through: Int64, cutoff: Int64, _ connection: Connection, _ now: Timestamp
  ) throws(SQLiteError) {
    let delete = try connection.cached("DELETE FROM feed WHERE \(Self.deletableFeed)")
    delete.bind(1, after)
    delete.bind(2, through)
    try delete.runAndReset()
    let rows = connection.changes
    try WatermarkTable.advance(
      WatermarkTable.feed, to: cutoff, position: through, deleted: rows, at: now, connection)
    add(rows, rows * 16, to: WatermarkTable.feed)
  }

  // MARK: Roll-ups

  /// Buckets of minutes are deleted by whole hours and buckets of hours by whole days, which keep their sums.
  private mutating func findRollups(
    _ table: String, _ resolution: Int64, _ connection: Connection, _ now: Timestamp
  ) throws(SQLiteError) -> Slice? {
    let day: Int64 = 86_400_000_000
    let cutoff =
      resolution == 60
      ? Self.cutoff(options.minutes, now, unit: 3_600_000_000)
      : Self.cutoff(
        [options.minutes ?? options.hours, options.hours].compactMap(\.self).max(), now, unit: day)
    guard let cutoff, resolution == 60 || options.hours != nil else { return nil }
    let from = cursor ?? .min
    guard
      let first = try connection.integer(
        "SELECT min(bucket_at) FROM \(table) WHERE resolution = ?1 AND bucket_at >= ?2 AND bucket_at < ?3",
        bind: {
          $0.bind(1, resolution)
          $0.bind(2, from)
          $0.bind(3, cutoff)
        })
    else { return nil }
    let next = try connection.integer(
      """
      SELECT bucket_at FROM \(table) WHERE resolution = ?1 AND bucket_at >= ?2 AND bucket_at < ?3
      ORDER BY bucket_at LIMIT 1 OFFSET ?4
      """
    ) {
      $0.bind(1, resolution)
      $0.bind(2, from)
      $0.bind(3, cutoff)
      $0.bind(4, rowsPerSlice)
    }
    let to = next.map { max($0, first + 1) } ?? cutoff
    cursor = to
    return .rollups(table: table, resolution: resolution, from: from, to: to, cutoff: cutoff)
  }

  private mutating func deleteRollups(
    _ table: String, _ resolution: Int64, from: Int64, to: Int64, cutoff: Int64, _ connection: Connection,
    _ now: Timestamp
  ) throws(SQLiteError) {
    let delete = try connection.cached(
      """
      DELETE FROM \(table) WHERE resolution = ?1 AND bucket_at >= ?2 AND bucket_at < ?3
      \(hasPins ? "AND " + PrunedTable.unpinned(table, "bucket_at") : "")
      """)
    delete.bind(1, resolution)
    delete.bind(2, from)
    delete.bind(3, to)
    try delete.runAndReset()
    let rows = connection.changes
    try WatermarkTable.advance(
      WatermarkTable.rollups, resolution: resolution, to: cutoff, deleted: rows, at: now, connection)
    if rows > 0 { add(rows, rows * 60, to: table) }
  }

  /// A clock far ahead made retention delete all sums of minutes, or of hours, and moved the watermark into the future: reports would
  /// be by hours, or by days, until then. Now that the clock is right, the sums of the next hour, or day, are kept. A clock far behind
  /// looks the same, but then the sums of the older half of the time that is kept are there.
  private mutating func findWatermark(_ resolution: Int64, _ connection: Connection, _ now: Timestamp)
    throws(SQLiteError) -> Slice?
  {
    let age = resolution == 60 ? options.minutes : options.hours
    guard cursor == nil, now.microseconds >= 0, let age,
      let watermark = try WatermarkTable.prunedBefore(
        WatermarkTable.rollups, resolution: resolution, connection)
    else { return nil }
    cursor = 0
    let unit: Int64 = resolution == 60 ? 3_600_000_000 : 86_400_000_000
    let present = now.microseconds / unit * unit + unit
    guard watermark > present else { return nil }
    for table in Self.rollupTables {
      let isThere = try connection.integer(
        "SELECT EXISTS (SELECT 1 FROM \(table) WHERE resolution = ?1 AND bucket_at >= ?2 AND bucket_at < ?3)"
      ) {
        $0.bind(1, resolution)
        $0.bind(2, watermark)
        $0.bind(3, watermark.addingClamped(age.microseconds / 2))
      }
      if isThere == 1 { return nil }
    }
    return .watermark(resolution: resolution, to: present)
  }

  // MARK: Size

  /// Bytes of the pages in use.
  package static func usedBytes(_ connection: Connection) throws(SQLiteError) -> Int64 {
    let pages = try connection.integer("PRAGMA page_count") ?? 0
    let free = try connection.integer("PRAGMA freelist_count") ?? 0
    return (pages - free) * (try connection.integer("PRAGMA page_size") ?? 0)
  }

  /// While the ledger is too large, moves the cutoff of the first tables that have rows to give.
  private mutating func findExcess(_ connection: Connection, _ now: Timestamp) throws(SQLiteError) -> Slice? {
    guard let limit = passLimit else { return nil }
    let used = try Self.usedBytes(connection)
    isShrinking = used > (isShrinking ? limit - limit / 20 : limit)
    guard isShrinking else { return nil }
    for tables in PrunedTable.bySize {
      var next: Int64?
      for table in tables {
        guard let cutoff = try sizeCutoff(of: table, connection, now) else { continue }
        next = min(next ?? cutoff, cutoff)
      }
      guard let cutoff = next else { continue }
      for table in tables { sizeCutoffs[table] = max(sizeCutoffs[table] ?? .min, cutoff) }
      steps.insert(contentsOf: [.feed] + tables.map(Step.rows), at: 0)
      (cursor, rowsPerSlice) = (nil, Self.firstRows)
      return try self.next(connection, now: now)
    }
    return nil
  }

  /// Returns the end of the minute up to which the oldest rows of a table go because of the size; `nil` when that deletes none.
  private mutating func sizeCutoff(of table: PrunedTable, _ connection: Connection, _ now: Timestamp)
    throws(SQLiteError) -> Int64?
  {
    try passPinned(table, connection)
    // Of a bounded number of rows: pinned rows may lie between the others.
    let rows = """
      (SELECT id, at, component_id FROM \(table.rawValue) WHERE id > \(pinnedThrough[table] ?? .min) ORDER BY id
      LIMIT \(Self.mostRows)) AS \(table.rawValue) WHERE \(table.deletable(hasPins: hasPins)) ORDER BY id
      """
    guard let median = try Self.median(rows, connection) else { return nil }
    let present = max(0, now.microseconds) / Self.minute * Self.minute
    var cutoff = min(max(0, min(median, present)) / Self.minute * Self.minute + Self.minute, present)
    if let relief {
      guard let last = relief.cutoffs[table] else { return nil }
      cutoff = min(cutoff, last)
    }
    return cutoff > self.cutoff(of: table, now) ?? .min ? cutoff : nil
  }

  /// Returns the median time of the first rows, which resists rows with wrong times; `nil` when there are none.
  /// - Parameter rows: table, condition and order.
  private static func median(_ rows: String, _ connection: Connection) throws(SQLiteError) -> Int64? {
    try connection.integer(
      """
      WITH first AS (SELECT at FROM \(rows) LIMIT ?1)
      SELECT at FROM first ORDER BY at LIMIT 1 OFFSET (SELECT count(*) / 2 FROM first)
      """
    ) { $0.bind(1, sizeStep) }
  }

  // MARK: Free pages

  /// Free pages that stay for new rows: a twentieth of the file, at least 16.
  private mutating func findFreePages(_ connection: Connection) throws(SQLiteError) -> Slice? {
    // 2: incremental. Files of earlier releases keep their free pages for new rows until they are compacted.
    guard try connection.integer("PRAGMA auto_vacuum") == 2 else { return nil }
    let free = try connection.integer("PRAGMA freelist_count") ?? 0
    let pages = try connection.integer("PRAGMA page_count") ?? 0
    let excess = free - max(16, pages / 20)
    // A slice that freed nothing ends the step.
    guard excess > 0, free != freePagesBefore else { return nil }
    freePagesBefore = free
    return .vacuum(pages: Int(min(excess, Int64(pagesPerSlice))))
  }

  // MARK: Running a slice

  /// Deletes a slice in one transaction. Call it under the write lock.
  package mutating func run(_ slice: Slice, _ connection: Connection, now: Timestamp) throws(SQLiteError) {
    let start = ContinuousClock.now
    var isVacuum = false
    try connection.run("BEGIN IMMEDIATE")
    do throws(SQLiteError) {
      if case .vacuum(let pages) = slice {
        isVacuum = true
        let before = try connection.integer("PRAGMA page_count") ?? 0
        try connection.execute("PRAGMA incremental_vacuum(\(pages))")
        freedPages += before - (try connection.integer("PRAGMA page_count") ?? before)
      } else {
        // Under the lock: a range that was pinned meanwhile stays.
        hasPins = try Self.hasPins(connection)
        try connection.run("UPDATE retention_door SET open = 1")
        try delete(slice, connection, now)
        try connection.run("UPDATE retention_door SET open = 0")
      }
      try connection.run("COMMIT")
    } catch {
      try? connection.run("ROLLBACK")
      throw error
    }
    adapt(to: ContinuousClock.now - start, isVacuum: isVacuum)
  }

  /// Makes the next slice a small part of this one, for which the disk had no space.
  /// - Returns: false when the slice cannot be smaller.
  mutating func divide(_ slice: Slice) -> Bool {
    switch slice {
    case .feed(let start, _, _), .rows(_, let start, _, _), .rollups(_, _, let start, _, _):
      guard rowsPerSlice > Self.fewestRows else { return false }
      (cursor, rowsPerSlice) = (start, Self.fewestRows)
    case .vacuum:
      guard pagesPerSlice > Self.fewestPages else { return false }
      (freePagesBefore, pagesPerSlice) = (nil, Self.fewestPages)
    case .watermark: return false
    }
    return true
  }

  private mutating func delete(_ slice: Slice, _ connection: Connection, _ now: Timestamp) throws(SQLiteError)
  {
    switch slice {
    case .feed(let after, let through, let cutoff):
      try deleteFeed(after: after, through: through, cutoff: cutoff, connection, now)
    case .rows(let name, let after, let through, let cutoff):
      guard let table = PrunedTable(rawValue: name) else { return }
      try delete(table, after: after, through: through, cutoff: cutoff, connection, now)
    case .rollups(let table, let resolution, let from, let to, let cutoff):
      try deleteRollups(table, resolution, from: from, to: to, cutoff: cutoff, connection, now)
    case .watermark(let resolution, let present):
      try WatermarkTable.moveBack(WatermarkTable.rollups, resolution: resolution, to: present, connection)
    case .vacuum: break
    }
  }

  /// Sizes the next slice by the time of the last one; at most doubles it.
  private mutating func adapt(to duration: Duration, isVacuum: Bool) {
    let factor = min(2, max(0.25, Self.target / max(duration, .microseconds(1))))
    if isVacuum {
      pagesPerSlice = min(4_096, max(Self.fewestPages, Int(Double(pagesPerSlice) * factor)))
    } else {
      rowsPerSlice = min(Self.mostRows, max(Self.fewestRows, Int(Double(rowsPerSlice) * factor)))
    }
  }

  // MARK: What a pass would delete

  /// Returns the rows that a pass by age would delete, and those that the size limit adds, which are an estimate.
  package static func preview(_ options: RetentionOptions, _ connection: Connection, now: Timestamp)
    throws(SQLiteError) -> [String: Deleted]
  {
    var pruner = Pruner(options)
    try pruner.begin(connection)
    var found: [String: Deleted] = [:]
    var left: [PrunedTable: Deleted] = [:]
    pruner.rowsPerSlice = mostRows
    while case .feed(let after, let through, _)? = try pruner.findFeed(connection, now) {
      let rows = try connection.integer("SELECT count(*) FROM feed WHERE \(deletableFeed)") {
        $0.bind(1, after)
        $0.bind(2, through)
      }
      guard let rows, rows > 0 else { continue }
      found[WatermarkTable.feed, default: Deleted()].rows += rows
      found[WatermarkTable.feed, default: Deleted()].bytes += rows * 16
    }
    (pruner.cursor, pruner.rowsPerSlice) = (nil, firstRows)
    for table in PrunedTable.allCases {
      let cutoff = pruner.cutoff(of: table, now)
      let counted = try connection.rows(
        """
        SELECT total(at < ?1) AS old, total(iif(at < ?1, \(table.bytes), 0)) AS old_bytes, count(*) AS rows,
          total(\(table.bytes)) AS bytes FROM \(table.rawValue) WHERE \(table.deletable(hasPins: pruner.hasPins))
        """
      ) {
        $0.bind(1, cutoff ?? .min)
      } _: {
        (
          old: Int64($0.double("old")), oldBytes: Int64($0.double("old_bytes")), rows: $0.integer("rows"),
          bytes: Int64($0.double("bytes"))
        )
      }.first
      guard let counted else { continue }
      if counted.old > 0 { found[table.rawValue] = Deleted(rows: counted.old, bytes: counted.oldBytes) }
      left[table] = Deleted(rows: counted.rows - counted.old, bytes: counted.bytes - counted.oldBytes)
    }
    for table in rollupTables {
      for resolution in [Int64(60), 3_600] {
        guard
          case .rollups(_, _, _, _, let cutoff)? = try pruner.findRollups(table, resolution, connection, now)
        else { continue }
        pruner.cursor = nil
        let rows = try connection.integer(
          "SELECT count(*) FROM \(table) WHERE resolution = ?1 AND bucket_at < ?2"
            + (pruner.hasPins ? " AND " + PrunedTable.unpinned(table, "bucket_at") : "")
        ) {
          $0.bind(1, resolution)
          $0.bind(2, cutoff)
        }
        if let rows, rows > 0 {
          found[table, default: Deleted()].rows += rows
          found[table, default: Deleted()].bytes += rows * 60
        }
      }
    }
    guard let limit = options.maxBytes else { return found }
    var excess = try usedBytes(connection) - found.values.reduce(0) { $0 + $1.bytes } - limit
    for tables in PrunedTable.bySize where excess > 0 {
      let rests = tables.compactMap { table in left[table].map { (table: table, rest: $0) } }
      let all = rests.reduce(0) { $0 + $1.rest.bytes }
      let bytes = min(excess, all)
      for (table, rest) in rests where rest.rows > 0 {
        let share = Double(bytes) / Double(max(1, all))
        found[table.rawValue, default: Deleted()].rows += Int64((Double(rest.rows) * share).rounded(.up))
        found[table.rawValue, default: Deleted()].bytes += Int64(Double(rest.bytes) * share)
      }
      excess -= bytes
    }
    return found
  }
}
