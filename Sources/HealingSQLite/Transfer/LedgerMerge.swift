package import Healing
import HealingLedger

/// Takes over the history of other ledgers, which stay as they are. A ledger that is merged again adds what is new.
package struct LedgerMerge {
  /// What a merge has done.
  package struct Report: Sendable {
    /// Rows that the target did not have, by table.
    package var stored: [(table: String, rows: Int)] = []
    /// Rows that were refused, and the first reason.
    package var refused = 0
    package var firstRefusal: String?
    /// Whether the ledger was merged before, and whether it was restored from an older copy since.
    package var isKnown = false
    package var isRestored = false
    /// Time before which the ledger has no sums of minutes, so that executions which were not merged before are missing.
    package var executionsFrom: Timestamp?
    /// Components whose metrics were reset in the ledger since it was merged last.
    package var resets: [String] = []
    /// Whether an earlier program merged the ledger, so that rows which retention has deleted there since are missing.
    package var isUncounted = false

    /// The last event of the ledger when reading began.
    fileprivate var scannedTo: Int64 = 0
    fileprivate var scannedID: Int64?

    package var total: Int { stored.reduce(0) { $0 + $1.rows } }
  }

  /// Rows of one transaction.
  private static let rowsPerStep = 5_000
  /// How far before the highest merged sample reading begins again. Processes give a sample its id when they write it, and one
  /// process commits its samples up to the length of a transaction after those of another.
  private static let overlap = Int64(600_000) << 22

  private let target: LedgerImport
  private let targetPath: String

  /// Checks that ledgers can be merged, in this order, before the target is created or changed.
  /// - Parameter target: path of the ledger that gets the rows; it need not exist.
  /// - Throws: `LedgerError` for the first one that would be refused.
  package static func check(_ paths: [String], into target: String) throws(LedgerError) {
    var held = HeldLedgers()
    if FileIdentity(path: LedgerFile(path: target).location) != nil {
      let reader = try ReaderConnection(file: LedgerFile(path: target))
      held = try Self.read(reader) { connection throws(SQLiteError) in try HeldLedgers(connection) }
    }
    for path in paths {
      let source = try source(ReaderConnection(file: LedgerFile(path: path)))
      let identity = try identity(of: source, path)
      if let error = refusal(by: held, of: source, identity, path, target) { throw error }
      held.add(identity, holding: source.others)
    }
  }

  package init(into target: LedgerImport, path: String) {
    self.target = target
    targetPath = path
  }

  /// Merges a ledger.
  /// - Parameter progress: called after each step with the table and the number of rows read; may end the merge by an error.
  /// - Throws: `LedgerError`. What was merged before stays; merging again continues.
  package func merge(_ path: String, progress: (String, Int) throws(LedgerError) -> Void) throws(LedgerError)
    -> Report
  {
    let reader = try ReaderConnection(file: LedgerFile(path: path))
    var report = Report()
    let place = try begin(reader, path, &report)
    let mergedAt = try mergedAt()
    (report.executionsFrom, report.resets) = try Self.read(reader) { connection throws(SQLiteError) in
      (
        try Self.executionsFrom(connection, mergedAt: mergedAt),
        try Self.resets(connection, since: mergedAt)
      )
    }
    let isTotal = { (table: TransferTable) in table.isRollup || table.name == TransferTable.ledgers.name }
    let sampleStart = report.isRestored ? nil : try firstSample()
    for table in TransferTable.all where !isTotal(table) && (!Self.isFollowed(table) || place == nil) {
      // The id of an event is that of its sample.
      let start =
        [TransferTable.samples.name, TransferTable.events.name].contains(table.name) ? sampleStart : nil
      if table.name == "samples", let start { try setSamplesFrom(start) }
      try copy(table, after: start, from: reader, &report, progress)
    }
    try follow(after: place ?? report.scannedTo, from: reader, &report, progress)
    // What the totals have beyond the rows is of deleted rows, so the rows come first.
    for table in TransferTable.all where table.isRollup && (table.summed == nil || !report.isUncounted) {
      try copy(table, after: nil, from: reader, &report, progress)
      if table.name == TransferTable.sampleSums.name { try copyLateSamples(from: reader, &report, progress) }
    }
    try target.write { batch throws(SQLiteError) in
      try batch.update("merged_at = ?2", SystemTimeSource().wallClock().microseconds)
    }
    return report
  }

  private func mergedAt() throws(LedgerError) -> Int64? {
    var time: Int64?
    try target.write { batch throws(SQLiteError) in time = try batch.watermark("merged_at") }
    return time
  }

  /// Returns the time before which executions are not merged: only sums of minutes are, which retention deletes.
  private static func executionsFrom(_ connection: Connection, mergedAt: Int64?) throws(SQLiteError)
    -> Timestamp?
  {
    guard let from = try WatermarkTable.prunedBefore(WatermarkTable.rollups, resolution: 60, connection),
      mergedAt ?? .min < from,
      try connection.integer(
        "SELECT 1 FROM outcome_rollup WHERE resolution = 86400 AND bucket_at < ? LIMIT 1",
        bind: { $0.bind(1, from) })
        != nil
    else { return nil }
    return Timestamp(microseconds: from)
  }

  private static func resets(_ connection: Connection, since mergedAt: Int64?) throws(SQLiteError) -> [String]
  {
    guard let mergedAt else { return [] }
    return try connection.rows(
      "SELECT name FROM component WHERE epoch > 0 AND epoch_started_at > ? ORDER BY name"
    ) {
      $0.bind(1, mergedAt)
    } _: {
      $0.text("name")
    }
  }

  /// Whether new rows of a table are found by their positions in the feed. Imported alerts have none.
  private static func isFollowed(_ table: TransferTable) -> Bool { kinds.contains { $0?.name == table.name } }

  /// Tables by the kind of the feed's events.
  private static let kinds: [TransferTable?] = [.errors, .recoveries, .transitions, .checks, nil]

  // MARK: Sources

  /// The identity and contents that a ledger states.
  private struct Source {
    let identity: String?
    let others: [String]
    let processes: [Int64: SourceRun]
    let lastPosition: Int64
    let lastID: Int64?
    let lastDeletedPosition: Int64
  }

  private static func read<Value: Sendable>(
    _ reader: ReaderConnection, _ body: (Connection) throws(SQLiteError) -> Value
  ) throws(LedgerError) -> Value { try reader.readNow(nil, body).get() }

  private static func source(_ reader: ReaderConnection) throws(LedgerError) -> Source {
    try read(reader) { connection throws(SQLiteError) in
      let identity = try LedgerIdentity.find(connection)
      let last = try FeedTable.lastPosition(connection)
      return Source(
        identity: identity,
        others: identity == nil
          ? []
          : try connection.rows("SELECT identity FROM source_ledger") { $0.text("identity") }
            .filter { $0 != ImportSources.unknown },
        processes: try SourceRun.all(connection), lastPosition: last,
        lastID: try connection.integer("SELECT id FROM feed WHERE position = ?") { $0.bind(1, last) },
        lastDeletedPosition: identity == nil ? 0 : try WatermarkTable.lastDeletedPosition(connection))
    }
  }

  /// Registers the ledger and its runs in the target.
  /// - Returns: the position of the feed after which its events are new; `nil` when all tables are to be read.
  private func begin(_ reader: ReaderConnection, _ path: String, _ report: inout Report) throws(LedgerError)
    -> Int64?
  {
    let source = try Self.source(reader)
    let identity = try Self.identity(of: source, path)
    target.beginSource()
    var place: Int64?
    var problem: LedgerError?
    try target.write { batch throws(SQLiteError) in
      problem = Self.refusal(by: try HeldLedgers(batch.connection), of: source, identity, path, targetPath)
      guard problem == nil else { return }
      let merged = try batch.source(identity)
      let id = merged.id
      batch.sources.merged = id
      batch.sources.context = identity
      report.isUncounted = !merged.isCounted
      for other in source.others where other != identity { try batch.add(other, partOf: id) }
      let known = try batch.runs(of: id)
      report.isKnown = !known.isEmpty
      let runs = try SourceRun.all(batch.connection)
      let lost = Self.lastWrite(missingFrom: source, known.compactMapValues { runs[$0] })
      batch.sources.isRestored = lost != nil
      if let lost, Self.isDiverged(source, since: lost, known.compactMapValues { runs[$0] }) {
        problem = Self.diverged(path)
        return
      }
      place = try continuation(of: source, id, reader, &report, batch)
      try register(source, id, runs, &batch)
    }
    if let problem { throw problem }
    report.scannedTo = source.lastPosition
    report.scannedID = source.lastID
    return place
  }

  private static func identity(of source: Source, _ path: String) throws(LedgerError) -> String {
    if let identity = source.identity { return identity }
    throw LedgerError(
      .schemaUnknown, ledger: path, problem: "the ledger has no identity yet: an earlier release wrote it",
      remedy: "let this release open it once: healing ingest /dev/null --ledger '\(path)'")
  }

  /// Returns why the rows of a ledger would be counted twice.
  private static func refusal(
    by held: HeldLedgers, of source: Source, _ identity: String, _ path: String, _ target: String
  ) -> LedgerError? {
    held.refusal(of: identity, holding: source.others, by: .merge, into: target).map {
      LedgerError(.other, ledger: path, problem: $0.problem, remedy: $0.remedy)
    }
  }

  /// Whether a ledger and another copy of it, which was merged before, were written in the same time: both have runs that the other one
  /// does not have. A ledger that was restored from an older copy lacks runs that had ended before it was written again.
  /// - Parameter lost: when the merged runs that it does not have were last written.
  private static func isDiverged(_ source: Source, since lost: Int64, _ known: [Int64: SourceRun]) -> Bool {
    let merged = Set(known.values.map(\.key))
    let added = source.processes.values.filter { !merged.contains($0.key) }.map(\.startedAt).min()
    return added.map { $0 <= lost } ?? false
  }

  /// Returns when the merged runs that a ledger does not have were last written; `nil` when it has all.
  private static func lastWrite(missingFrom source: Source, _ known: [Int64: SourceRun]) -> Int64? {
    let there = Set(source.processes.values.map(\.key))
    return known.values.filter { !there.contains($0.key) }.map(\.lastWriteAt).max()
  }

  private static func diverged(_ path: String) -> LedgerError {
    LedgerError(
      .other, ledger: path,
      problem: "the ledger is a copy of one that was merged before, and both were written since",
      remedy: "merge the copy into another ledger; its earlier rows are in this one")
  }

  private func continuation(
    of source: Source, _ id: Int64, _ reader: ReaderConnection, _ report: inout Report, _ batch: ImportBatch
  ) throws(SQLiteError) -> Int64? {
    let stored = try batch.connection.rows("SELECT feed_position, feed_id FROM source_ledger WHERE id = ?") {
      $0.bind(1, id)
    } _: {
      ($0.optionalInteger("feed_position"), $0.optionalInteger("feed_id"))
    }.first
    guard let position = stored?.0 else { return nil }
    let found = try? Self.read(reader) { connection throws(SQLiteError) in
      try connection.integer("SELECT id FROM feed WHERE position = ?") { $0.bind(1, position) }
    }
    let isRestored = found == nil ? source.lastDeletedPosition < position : found != stored?.1
    if isRestored {
      report.isRestored = true
      return nil
    }
    // Rows can be kept longer than their positions: the tables have those whose positions were deleted before a merge. The position
    // itself can be there, because those of alerts are kept.
    return source.lastDeletedPosition > position ? nil : position
  }

  /// Gives each run of the ledger a row in the target.
  private func register(
    _ source: Source, _ id: Int64, _ runs: [Int64: SourceRun], _ batch: inout ImportBatch
  ) throws(SQLiteError) {
    let merged = Set(
      try batch.connection.rows("SELECT process_id FROM source_process") { $0.integer("process_id") })
    let here = Dictionary(
      runs.filter { merged.contains($0.key) }.map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
    for (number, run) in source.processes.sorted(by: { $0.key < $1.key }) {
      try batch.register(run, number: number, of: id, knownAs: here[run.key])
    }
  }

  // MARK: Rows

  private func firstSample() throws(LedgerError) -> TransferCursor? {
    var highest: Int64?
    try target.write { batch throws(SQLiteError) in highest = try batch.watermark("sample_id") }
    return highest.map { TransferCursor(key: [.integer(max($0, .min + Self.overlap) - Self.overlap)]) }
  }

  private func setSamplesFrom(_ start: TransferCursor) throws(LedgerError) {
    let id = start.key.first?.integer ?? .min
    let time = (id >> 22 + LedgerIDGenerator.epochMilliseconds) * 1_000
    try target.write { batch throws(SQLiteError) in
      (batch.sources.samplesFrom, batch.sources.lateMinute) = (time, nil)
    }
  }

  /// Reads samples again from the earliest minute of which calls are missing: rows that another program ingested or merged into the
  /// ledger have the ids of their time.
  private func copyLateSamples(
    from reader: ReaderConnection, _ report: inout Report,
    _ progress: (String, Int) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    for isLast in [false, true] {
      var late: Int64?
      try target.write { batch throws(SQLiteError) in
        late = batch.sources.lateMinute
        batch.sources.lateMinute = nil
      }
      guard let late else { return }
      let id = (late / 1_000 - LedgerIDGenerator.epochMilliseconds) << 22
      // Rows whose ids are not of their time are found by reading all.
      let start = isLast ? nil : TransferCursor(key: [.integer(id - Self.overlap)])
      for table in [TransferTable.events, .samples] {
        try copy(table, after: start, from: reader, &report, progress)
      }
      if !isLast { try copy(.sampleSums, after: nil, from: reader, &report, progress) }
    }
  }

  /// Rows of a step, and the runs that they refer to and that the target does not know: a run can begin while its ledger is merged.
  private struct Rows: Sendable {
    var rows: [(table: TransferTable, row: TransferRow)]
    var runs: [Int64: SourceRun] = [:]

    init(
      _ rows: [(table: TransferTable, row: TransferRow)], known: Set<Int64>, _ connection: Connection
    ) throws(SQLiteError) {
      self.rows = rows
      if rows.contains(where: { $0.row.process.map { !known.contains($0) } ?? false }) {
        runs = try SourceRun.all(connection).filter { !known.contains($0.key) }
      }
    }
  }

  private func copy(
    _ table: TransferTable, after start: TransferCursor?, from reader: ReaderConnection,
    _ report: inout Report,
    _ progress: (String, Int) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    var cursor = start
    var read = 0
    repeat {
      let known = target.knownRuns
      let (step, rows) = try Self.read(reader) { connection throws(SQLiteError) in
        let step = try table.step(after: cursor, .all, limit: Self.rowsPerStep, connection)
        return (step, try Rows(step.rows.map { (table, $0) }, known: known, connection))
      }
      let last = table.name == "samples" ? step.next?.key.first?.integer : nil
      try write(rows, &report) { batch throws(SQLiteError) in
        if let last { try batch.update("sample_id = max(coalesce(sample_id, ?2), ?2)", last) }
      }
      read += step.rows.count
      try progress(table.name, read)
      cursor = step.next
    } while cursor != nil
  }

  /// Takes the events over that were committed after a position.
  private func follow(
    after position: Int64, from reader: ReaderConnection, _ report: inout Report,
    _ progress: (String, Int) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    var position = position
    if let id = report.scannedID, position == report.scannedTo, report.refused == 0 {
      try target.write { batch throws(SQLiteError) in try batch.setFeed(position, id) }
    }
    var count = 0
    while true {
      let known = target.knownRuns
      let step = try Self.read(reader) { connection throws(SQLiteError) in
        let events = try connection.rows(
          "SELECT position, kind, id FROM feed WHERE position > ? ORDER BY position LIMIT ?"
        ) {
          $0.bind(1, position)
          $0.bind(2, Self.rowsPerStep)
        } _: {
          (position: $0.integer("position"), kind: Int($0.integer("kind")), id: $0.integer("id"))
        }
        let deleted = try WatermarkTable.lastDeletedPosition(connection)
        var rows: [(table: TransferTable, row: TransferRow)] = []
        for event in events where Self.kinds.indices.contains(event.kind) {
          guard let table = Self.kinds[event.kind], let row = try table.row(id: event.id, connection) else {
            continue
          }
          rows.append((table, row))
        }
        return (
          rows: try Rows(rows, known: known, connection), last: events.last.map { ($0.position, $0.id) },
          count: events.count, isWhole: deleted <= position
        )
      }
      if !step.isWhole {
        // Retention has deleted positions meanwhile. The tables have their rows.
        for table in TransferTable.all where Self.isFollowed(table) {
          try copy(table, after: nil, from: reader, &report, progress)
        }
      }
      guard let last = step.last else { return }
      try write(step.rows, &report) { batch throws(SQLiteError) in try batch.setFeed(last.0, last.1) }
      position = last.0
      count += step.count
      try progress("feed", count)
    }
  }

  private func write(
    _ step: Rows, _ report: inout Report,
    then end: (inout ImportBatch) throws(SQLiteError) -> Void
  ) throws(LedgerError) {
    var result = report
    try target.write { batch throws(SQLiteError) in
      if let id = batch.sources.merged {
        for (number, run) in step.runs.sorted(by: { $0.key < $1.key }) {
          try batch.register(run, number: number, of: id, knownAs: nil)
        }
      }
      let identity = batch.sources.context
      for (table, row) in step.rows {
        switch try batch.insert(row, of: table, ledger: identity) {
        case .stored: result.add(table.name)
        case .duplicate: break
        case .refused(let reason):
          result.refused += 1
          if result.firstRefusal == nil { result.firstRefusal = "a row of \(table.name) \(reason)" }
        }
      }
      // A merge begins again before a row that it refused, so that it reports the row each time.
      if result.refused == 0 { try end(&batch) }
    }
    report = result
  }
}

extension LedgerMerge.Report {
  fileprivate mutating func add(_ table: String) {
    if let index = stored.firstIndex(where: { $0.table == table }) {
      stored[index].rows += 1
    } else {
      stored.append((table, 1))
    }
  }
}

/// What a merge stores of its source.
extension ImportBatch {
  /// Gives a run of the other ledger a row here.
  /// - Parameter process: its row here, when it has one.
  fileprivate mutating func register(
    _ run: SourceRun, number: Int64, of source: Int64, knownAs process: Int64?
  ) throws(SQLiteError) {
    if let process { try run.update(process, connection) }
    let inserted = process == nil ? try run.insert(connection) : process
    guard let process = inserted else { return }
    sources.processes?[number] = process
    let row = try connection.cached(
      """
      INSERT INTO source_process VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET process_id = excluded.process_id WHERE process_id <> excluded.process_id
      """)
    row.bind(1, source)
    row.bind(2, number)
    row.bind(3, process)
    try row.runAndReset()
  }

  /// Returns the merged runs: their row here by their number there.
  fileprivate func runs(of source: Int64) throws(SQLiteError) -> [Int64: Int64] {
    let rows = try connection.rows("SELECT process, process_id FROM source_process WHERE source_id = ?") {
      $0.bind(1, source)
    } _: {
      ($0.integer("process"), $0.integer("process_id"))
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  fileprivate func watermark(_ column: String) throws(SQLiteError) -> Int64? {
    try connection.integer("SELECT \(column) FROM source_ledger WHERE id = ?") { $0.bind(1, sources.merged) }
  }

  fileprivate func update(_ assignment: String, _ value: Int64) throws(SQLiteError) {
    let row = try connection.cached("UPDATE source_ledger SET \(assignment) WHERE id = ?1")
    row.bind(1, sources.merged)
    row.bind(2, value)
    try row.runAndReset()
  }

  fileprivate func setFeed(_ position: Int64, _ id: Int64) throws(SQLiteError) {
    try update("feed_position = ?2", position)
    try update("feed_id = ?2", id)
  }
}
