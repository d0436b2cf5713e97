import Glibc
package import Healing
import HealingLedger

/// Writes the readable rows of a damaged ledger to a new one. Reads pages, not tables, so that a damaged page costs only the rows
/// on it, also when SQLite cannot open the file.
package struct LedgerSalvage {
  /// What was read.
  package struct Report: Sendable {
    /// Rows written to the new ledger, by table.
    package var stored: [(table: String, rows: Int)] = []
    /// Rows that are not sound, and rows that the new ledger refused.
    package var unsound = 0
    /// Rows that cannot be decoded. A page whose head is damaged counts as one.
    package var damaged = 0
    package var pages = 0
    /// Pages that hold neither rows nor the inner structure of a table: damaged, free or the tail of a long row.
    package var unknownPages = 0
  }

  /// Rows of one transaction.
  private static let rowsPerStep = 5_000

  private let target: LedgerImport
  private var report = Report()
  private var pending: [(table: TransferTable, row: TransferRow)] = []
  private var shapes: [Shape] = []
  private var components: [Int64: (name: String, registeredAt: Int64, epoch: Int64, startedAt: Int64)] = [:]
  private var runs: [Int64: SourceRun] = [:]
  private var policies: [String: String] = [:]
  /// Sums of deleted rows by table and key, the values in the order of the columns.
  private var sealedRecoveries: [[Int64]: [Int64]] = [:]
  private var sealedSamples: [[Int64]: [Int64]] = [:]
  private var identity = String(repeating: "0", count: 32)

  private init(target: LedgerImport) { self.target = target }

  /// Salvages a ledger.
  /// - Parameters:
  ///   - broken: the damaged file. It and its log are only read.
  ///   - path: of the new ledger; nothing may be there. It is written as `PATH-partial` until it is complete.
  ///   - progress: called with the number of pages read.
  /// - Throws: `LedgerError`.
  package static func run(
    _ broken: String, to path: String, identity: ProcessIdentity, progress: (Int, _ of: Int) -> Void
  ) throws(LedgerError) -> Report {
    let file = LedgerFile(path: path)
    try file.checkIsUnused()
    let pages = try DamagedPages(path: broken)
    guard !pages.numbers.isEmpty else {
      throw LedgerError(
        .corrupt, ledger: broken, problem: "the file has no pages", remedy: "restore a backup")
    }
    var partial = try PartialFile(of: file, from: LedgerFile(path: broken), isOpenedAsLedger: true)
    let report = try write(pages, of: broken, to: partial.path, identity: identity, progress: progress)
    try file.checkIsUnused()
    try partial.synchronize()
    try partial.place(replacing: false)
    return report
  }

  /// Writes the rows. The new file is closed when it returns.
  private static func write(
    _ pages: borrowing DamagedPages, of broken: String, to path: String, identity: ProcessIdentity,
    progress: (Int, _ of: Int) -> Void
  ) throws(LedgerError) -> Report {
    let target = try LedgerImport(path: path, identity: identity)
    do throws(LedgerError) {
      var salvage = LedgerSalvage(target: target)
      try salvage.run(pages, progress)
      guard salvage.hasFound else {
        throw LedgerError(
          .corrupt, ledger: broken, problem: "no row of a ledger was found in the file",
          remedy: "give the path of a ledger")
      }
      try target.close()
      return salvage.report
    } catch {
      try? target.close(isComplete: false)
      throw error
    }
  }

  /// Whether the file has a row of any table of a ledger.
  private var hasFound: Bool { !report.stored.isEmpty || !runs.isEmpty || !components.isEmpty }

  private mutating func run(_ pages: borrowing DamagedPages, _ progress: (Int, _ of: Int) -> Void)
    throws(LedgerError)
  {
    var found: [Shape] = []
    try target.write { batch throws(SQLiteError) in found = try Shape.all(batch.connection) }
    shapes = found
    target.beginSource(isSalvage: true)
    report.pages = pages.numbers.count
    // Other rows refer to components, runs and policies.
    try scan(pages, progress, of: 2) { salvage, shape, values throws(LedgerError) in
      salvage.keep(shape, values)
    }
    try register()
    // Before the longest recoveries, which raise the figures that are there.
    try writeSealedRecoveries()
    report.damaged = 0
    try scan(pages, progress, from: pages.numbers.count, of: 2) {
      salvage, shape, values throws(LedgerError) in
      try salvage.add(shape, values)
    }
    try write()
    try target.write { batch throws(SQLiteError) in try batch.connection.execute(Self.recountRejections) }
    try writeSealedSamples()
    report.stored.sort { $0.table < $1.table }
  }

  /// Decodes all pages and calls `body` with each row that has the shape of a table.
  private mutating func scan(
    _ pages: borrowing DamagedPages, _ progress: (Int, _ of: Int) -> Void, from first: Int = 0,
    of passes: Int,
    _ body: (inout LedgerSalvage, Shape, [TransferValue]) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    for (index, number) in pages.numbers.enumerated() {
      if index % 256 == 255 { progress(first + index + 1, pages.numbers.count * passes) }
      if pages.free.contains(number) { continue }
      guard let page = pages.page(number), let cells = pages.cells(of: number, page) else {
        if first == 0, pages.page(number).map({ $0[number == 1 ? 100 : 0] != 0x05 }) ?? true {
          report.unknownPages += 1
        }
        continue
      }
      report.damaged += cells.damaged
      for cell in cells.cells {
        if let (shape, values) = shape(of: cell) { try body(&self, shape, values) }
      }
    }
  }

  private func shape(of cell: DamagedPages.Cell) -> (Shape, [TransferValue])? {
    for shape in shapes {
      if let values = shape.values(of: cell) { return (shape, values) }
    }
    return nil
  }

  // MARK: First pass

  private mutating func keep(_ shape: Shape, _ values: [TransferValue]) {
    func integer(_ name: String) -> Int64 { shape[name, values].integer ?? 0 }
    func text(_ name: String) -> String { shape[name, values].text ?? "" }
    switch shape.table {
    case "component":
      guard ComponentName.isValid(text("name")), Self.isTime(integer("registered_at")) else { return }
      // An old version of the row can be on a page that is no longer used.
      if let known = components[integer("id")], known.epoch >= integer("epoch") { return }
      components[integer("id")] = (
        text("name"), integer("registered_at"), integer("epoch"), integer("epoch_started_at")
      )
    case "process":
      guard (1...1 << 32).contains(integer("id")), Self.isTime(integer("started_at")) else { return }
      let run = SourceRun(
        node: integer("node"), host: text("host"), pid: integer("pid"), program: text("program"),
        release: shape["release", values].text, startedAt: integer("started_at"),
        lastWriteAt: integer("last_write_at"),
        batch: integer("batch"), endedAt: shape["ended_at", values].integer,
        endKind: shape["end_kind", values].text)
      if let known = runs[integer("id")], known.batch >= run.batch { return }
      runs[integer("id")] = run
    case "policy": policies[text("hash")] = text("json")
    case "sealed_recovery": Self.keepSealed(shape, values, in: &sealedRecoveries)
    case "sealed_sample": Self.keepSealed(shape, values, in: &sealedSamples)
    case "ledger_identity": if text("identity").utf8.count == 32 { identity = text("identity") }
    default: return
    }
  }

  /// Keeps the sums of a day, of which an old version can be on another page: the latest has the most rows.
  private static func keepSealed(
    _ shape: Shape, _ values: [TransferValue], in sums: inout [[Int64]: [Int64]]
  ) {
    let numbers = values.compactMap(\.integer)
    guard numbers.count == values.count, isTime(numbers[0]), numbers[0] % 86_400_000_000 == 0,
      (1...1 << 24).contains(numbers[1]), numbers[2] >= -1,
      numbers[3...].allSatisfy({ (0...Int64.max / 2).contains($0) })
    else { return }
    if shape.table == "sealed_recovery"
      && (RecoveryAction.allCases.count <= numbers[2] || numbers[4] > numbers[3])
    {
      return
    }
    func rows(_ numbers: [Int64]) -> Int64 { numbers[3...].reduce(0) { $0.addingClamped($1) } }
    let key = Array(numbers[..<3])
    if let known = sums[key], rows(known) >= rows(numbers) { return }
    sums[key] = numbers
  }

  private func name(_ component: Int64) -> ComponentName {
    ComponentName(stored: components[component]?.name ?? "component-\(component)")
  }

  /// Adds the recoveries whose rows were deleted to the totals.
  private func writeSealedRecoveries() throws(LedgerError) {
    guard !sealedRecoveries.isEmpty else { return }
    try target.write { batch throws(SQLiteError) in
      for numbers in sealedRecoveries.values {
        let position = try batch.position(of: name(numbers[1]), isCall: false)
        try batch.addSealed(
          RollupAccumulator.RecoverySums(
            total: numbers[3], successful: numbers[4], attempts: numbers[5],
            durationSumMicroseconds: numbers[6]),
          component: position, action: RecoveryAction(code: numbers[2]), at: numbers[0], from: 86_400)
      }
    }
  }

  /// Adds the calls whose rows were deleted to the totals. Call it after the recount of rejected calls.
  private func writeSealedSamples() throws(LedgerError) {
    guard !sealedSamples.isEmpty else { return }
    try target.write { batch throws(SQLiteError) in
      for numbers in sealedSamples.values {
        let name = name(numbers[1])
        var counts = CallCounts()
        (counts.successes, counts.failures, counts.rejected) = (numbers[3], numbers[4], numbers[5])
        (counts.cancelled, counts.callerErrors, counts.stale) = (numbers[6], numbers[7], numbers[8])
        (counts.durationSumMicroseconds, counts.durationMaxMicroseconds) = (numbers[9], numbers[10])
        (counts.rejectedByCircuit, counts.rejectedByBulkhead) = (numbers[11], numbers[12])
        let position = try batch.position(of: name, isCall: false)
        try batch.addSealed(
          counts, component: position,
          epoch: batch.epoch(numbers[2], of: name, batch.components[position], nil), at: numbers[0],
          from: 86_400)
      }
    }
  }

  private func register() throws(LedgerError) {
    let (runs, components, identity) = (runs, components, identity)
    try target.write { batch throws(SQLiteError) in
      var processes: [Int64: Int64] = [:]
      for (number, run) in runs.sorted(by: { $0.key < $1.key }) {
        processes[number] = try run.insert(batch.connection)
      }
      batch.sources.processes = processes
      let table = TransferTable.components
      for component in components.sorted(by: { $0.key < $1.key }).map(\.value) {
        let row = TransferRow(values: [
          .text(component.name), .integer(component.registeredAt), .integer(component.epoch),
          .integer(component.startedAt),
        ])
        _ = try batch.insert(row, of: table, ledger: identity)
      }
    }
  }

  // MARK: Second pass

  private mutating func add(_ shape: Shape, _ values: [TransferValue]) throws(LedgerError) {
    for table in TransferTable.all
    where table.table == shape.table && table.name != "components" && table.summed == nil {
      guard let row = row(shape, values, of: table) else {
        // Hours, days and all time are computed from the minutes.
        if !table.isRollup { report.unsound += 1 }
        continue
      }
      pending.append((table, row))
    }
    if pending.count >= Self.rowsPerStep { try write() }
  }

  /// Returns the row of a table; `nil` when its values are not sound.
  private func row(_ shape: Shape, _ values: [TransferValue], of table: TransferTable) -> TransferRow? {
    func value(_ name: String) -> TransferValue { shape[name, values] }
    if table.isRollup && value("resolution") != .integer(60) { return nil }
    var row = TransferRow(values: [], process: value("process_id").integer)
    for column in table.columns {
      let found: TransferValue
      switch (column.name, column.stored) {
      case ("component", _):
        if let id = value("component_id").integer {
          guard (1...1 << 24).contains(id) else { return nil }
          found = .text(components[id]?.name ?? "component-\(id)")
        } else {
          found = .null
        }
      case ("kind", nil): found = value("detail").text.map(TransferValue.text) ?? value("kind")
      case ("resolved", nil): found = .integer(value("kind") == .text("recovered") ? 1 : 0)
      case ("minute", _): found = value("bucket_at")
      case ("json", _): found = .text(value("hash").text.flatMap { policies[$0] } ?? "{}")
      case ("duration_max_ms", nil): found = value("duration_max_us")
      case (let name, nil): found = value(name)
      case (_, let stored?): found = value(stored)
      }
      guard Self.isSound(found, column) else { return nil }
      row.values.append(found)
    }
    return row
  }

  private static func isTime(_ microseconds: Int64) -> Bool {
    (0...Timestamp.readable.upperBound.microseconds).contains(microseconds)
  }

  /// Whether a program can have written a value. What a disk has changed mostly fails here.
  private static func isSound(_ value: TransferValue, _ column: TransferColumn) -> Bool {
    switch (column.kind, value) {
    case (.object, .null), (.list, .null): true
    case (_, .null): column.isOptional
    case (.id, .integer(let id)): id < LedgerIDGenerator.limit.rawValue
    case (.time, .integer(let time)): isTime(time)
    case (.word(let words), .integer(let code)): (0..<Int64(words.count)).contains(code)
    case (.flag, .integer(let flag)): flag == 0 || flag == 1
    case (.count, .integer(let count)): (0...CallCounts.largestCount).contains(count)
    case (.milliseconds, .integer(let time)): time >= 0
    case (.integer, .integer): true
    case (.real, .integer(let number)): number == 0 || number == 1
    case (.real, .real(let number)): (0...1).contains(number)
    case (.component, .text(let name)): ComponentName.isValid(name)
    case (.text, .text(let text)), (.plain, .text(let text)), (.object, .text(let text)),
      (.list, .text(let text)),
      (.counts, .text(let text)), (.json, .text(let text)):
      text.utf8.count <= 1 << 17
    default: false
    }
  }

  private mutating func write() throws(LedgerError) {
    var report = report
    let (pending, identity) = (pending, identity)
    try target.write { batch throws(SQLiteError) in
      for (table, row) in pending {
        switch try batch.insert(row, of: table, ledger: identity) {
        case .stored:
          if let index = report.stored.firstIndex(where: { $0.table == table.name }) {
            report.stored[index].rows += 1
          } else {
            report.stored.append((table.name, 1))
          }
        case .duplicate: break
        case .refused: report.unsound += 1
        }
      }
    }
    self.report = report
    self.pending.removeAll(keepingCapacity: true)
  }

  /// Makes the rejected calls agree with the samples. Where a row of either was lost, the operations are unknown.
  private static let recountRejections = """
    CREATE TEMP TABLE found AS
      SELECT at / 60000000 * 60000000 AS bucket_at, component_id, epoch, 0 AS reason,
        sum(coalesce(rejected_circuit, 0)) AS calls
      FROM health_sample GROUP BY 1, 2, 3 HAVING sum(coalesce(rejected_circuit, 0)) > 0
      UNION ALL
      SELECT at / 60000000 * 60000000, component_id, epoch, 1, sum(coalesce(rejected_bulkhead, 0))
      FROM health_sample GROUP BY 1, 2, 3 HAVING sum(coalesce(rejected_bulkhead, 0)) > 0;
    CREATE TEMP TABLE kept AS
      SELECT bucket_at, component_id, epoch, reason FROM (
        SELECT bucket_at, component_id, epoch, reason, sum(calls) AS calls FROM rejection_rollup
        WHERE resolution = 60 GROUP BY 1, 2, 3, 4
        INTERSECT SELECT bucket_at, component_id, epoch, reason, calls FROM found);
    DELETE FROM rejection_rollup WHERE resolution <> 60 OR reason IN (0, 1)
      AND (bucket_at, component_id, epoch, reason) NOT IN (SELECT bucket_at, component_id, epoch, reason FROM kept);
    INSERT INTO rejection_rollup
      SELECT 60, bucket_at, component_id, epoch, 'merged', reason, calls FROM found
      WHERE (bucket_at, component_id, epoch, reason) NOT IN (SELECT bucket_at, component_id, epoch, reason FROM kept);
    INSERT INTO rejection_rollup
      SELECT r.resolution, iif(r.resolution = 0, 0, x.bucket_at / r.bucket * r.bucket), component_id, epoch, operation,
        reason, sum(calls)
      FROM rejection_rollup x CROSS JOIN (
        SELECT 3600 AS resolution, 3600000000 AS bucket UNION ALL SELECT 86400, 86400000000 UNION ALL SELECT 0, 1) r
      WHERE x.resolution = 60 GROUP BY 1, 2, 3, 4, 5, 6;
    DROP TABLE temp.found;
    DROP TABLE temp.kept;
    """

  // MARK: Shapes

  /// The columns of a table, by which its rows are recognised.
  private struct Shape {
    let table: String
    let columns: [(name: String, type: String, isNullable: Bool, isRowid: Bool)]
    let hasRowid: Bool
    private let positions: [String: Int]

    /// Columns that a migration added: earlier rows end before them.
    private static let added = [
      "error": 3, "health_sample": 2, "recovery": 4, "alert": 1, "process": 1,
    ]

    /// The tables that are salvaged, as in the new ledger.
    static func all(_ connection: Connection) throws(SQLiteError) -> [Shape] {
      var tables = ["component", "process", "policy", "ledger_identity", "sealed_recovery", "sealed_sample"]
      for table in TransferTable.all where table.isSalvaged && !tables.contains(table.table) {
        tables.append(table.table)
      }
      var shapes: [Shape] = []
      for table in tables {
        let hasRowid = try connection.integer("SELECT wr FROM pragma_table_list WHERE name = '\(table)'") == 0
        let columns = try connection.rows(
          "SELECT name, type, \"notnull\", pk FROM pragma_table_info('\(table)')"
        ) {
          (
            name: $0.text("name"), type: $0.text("type"),
            isNullable: $0.integer("notnull") == 0 && $0.integer("pk") == 0,
            isRowid: hasRowid && $0.integer("pk") == 1
          )
        }
        shapes.append(Shape(table: table, columns: columns, hasRowid: hasRowid))
      }
      return shapes
    }

    private init(
      table: String, columns: [(name: String, type: String, isNullable: Bool, isRowid: Bool)], hasRowid: Bool
    ) {
      self.table = table
      self.columns = columns
      self.hasRowid = hasRowid
      positions = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1.name, $0) })
    }

    /// Returns the value of a column; NULL where the table or an early row does not have it.
    subscript(name: String, values: [TransferValue]) -> TransferValue {
      guard let position = positions[name], position < values.count else { return .null }
      return values[position]
    }

    /// Returns the values of a row of this table, its rowid included; `nil` for a row of another shape.
    func values(of cell: DamagedPages.Cell) -> [TransferValue]? {
      guard hasRowid == (cell.rowid != nil), cell.values.count <= columns.count,
        cell.values.count >= columns.count - (Self.added[table] ?? 0)
      else { return nil }
      var values = cell.values
      for (index, column) in columns.prefix(values.count).enumerated() {
        switch (values[index], column.type) {
        case (.null, _) where column.isRowid: values[index] = cell.rowid.map(TransferValue.integer) ?? .null
        case (_, _) where column.isRowid: return nil
        case (.null, _) where column.isNullable: break
        case (.integer, "INTEGER"), (.integer, "REAL"), (.real, "REAL"), (.text, "TEXT"): break
        default: return nil
        }
      }
      return values
    }
  }
}
