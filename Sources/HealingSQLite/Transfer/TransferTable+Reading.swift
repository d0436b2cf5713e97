import Healing

/// A place between two rows of a ``TransferTable``: the key of the last row read.
package struct TransferCursor: Sendable {
  let key: [TransferValue]
}

/// Rows of one read transaction.
package struct TransferStep: Sendable {
  package let rows: [TransferRow]
  /// Where the next step continues; `nil` at the end of the table.
  package let next: TransferCursor?
}

extension TransferTable {
  /// Reads the rows after `cursor`, at most `limit`. Reads `limit` rows at most, also where the range excludes them, so
  /// that no step takes long.
  func step(
    after cursor: TransferCursor?, _ range: LedgerRange, limit: Int, _ connection: Connection
  ) throws(SQLiteError) -> TransferStep {
    // Rows of a part of a minute would not agree with its totals.
    let range = range.inWholeMinutes
    if summed != nil { return try sumsStep(after: cursor, range, limit: limit, connection) }
    return try isRollup
      ? rollupStep(after: cursor, range, limit: limit, connection)
      : historyStep(after: cursor, range, limit: limit, connection)
  }

  private func historyStep(
    after cursor: TransferCursor?, _ range: LedgerRange, limit: Int, _ connection: Connection
  ) throws(SQLiteError) -> TransferStep {
    let start = cursor?.key.first?.integer
    let condition = start == nil ? "id >= ?1" : "id > ?1"
    let end = try connection.integer(
      "SELECT max(id) FROM (SELECT id FROM \(table) WHERE \(condition) ORDER BY id LIMIT ?2)"
    ) {
      $0.bind(1, start ?? .min)
      $0.bind(2, limit)
    }
    guard let end else { return TransferStep(rows: [], next: nil) }
    let rows = try connection.rows(select(where: "t.\(condition) AND t.id <= ?2", range)) {
      $0.bind(1, start ?? .min)
      $0.bind(2, end)
      bind(range, $0, from: 3)
    } _: {
      decode($0)
    }
    return TransferStep(rows: rows, next: TransferCursor(key: [.integer(end)]))
  }

  private func rollupStep(
    after cursor: TransferCursor?, _ range: LedgerRange, limit: Int, _ connection: Connection
  ) throws(SQLiteError) -> TransferStep {
    let keys = key.map { "t.\($0)" }.joined(separator: ", ")
    let places = key.indices.map { "?\($0 + 4)" }.joined(separator: ", ")
    let after = cursor == nil ? "" : " AND (\(keys)) > (\(places))"
    let condition = "t.resolution = 60\(after)"
    var last: [TransferValue]?
    let rows = try connection.rows(
      select(where: condition, range, parameters: 2, keys: true) + " LIMIT ?1"
    ) { statement in
      statement.bind(1, limit)
      bind(range, statement, from: 2)
      for (index, value) in (cursor?.key ?? []).enumerated() {
        switch value {
        case .text(let text): statement.bind(Int32(index + 4), text)
        case .integer(let number): statement.bind(Int32(index + 4), number)
        case .null, .real: statement.bindNull(Int32(index + 4))
        }
      }
    } _: { row in
      let first = columns.count
      last = key.enumerated().map { index, name in
        let column = Row.Column(integerLiteral: Int32(first + index))
        return name == "operation" ? .text(row.text(column)) : .integer(row.integer(column))
      }
      return decode(row)
    }
    return TransferStep(rows: rows, next: rows.count < limit ? nil : last.map(TransferCursor.init))
  }

  /// Reads totals: of minutes where they are kept, before them of hours, and before these of days.
  private func sumsStep(
    after cursor: TransferCursor?, _ range: LedgerRange, limit: Int, _ connection: Connection
  ) throws(SQLiteError) -> TransferStep {
    func bound(_ resolution: Int64) throws(SQLiteError) -> Int64 {
      try WatermarkTable.prunedBefore(WatermarkTable.rollups, resolution: resolution, connection) ?? .min
    }
    let hours = try bound(3_600)
    let minutes = max(hours, try bound(60))
    let parts: [(resolution: Int64, from: Int64, until: Int64)] = [
      (60, minutes, .max), (3_600, hours, minutes), (86_400, .min, hours),
    ]
    let place = cursor?.key.compactMap(\.integer) ?? []
    for part in parts where part.from < part.until && part.resolution >= place.first ?? 0 {
      let isContinued = place.count == key.count && place.first == part.resolution
      let names = key.dropFirst().map { "t.\($0)" }.joined(separator: ", ")
      let after =
        isContinued ? " AND (\(names)) > (\(place.dropFirst().map(String.init).joined(separator: ", ")))" : ""
      let condition = """
        t.resolution = \(part.resolution) AND t.bucket_at >= \(part.from) AND t.bucket_at < \(part.until)\(after)
        """
      var last: [TransferValue]?
      let found = try connection.rows(
        select(where: condition, range, parameters: 2, keys: true) + " LIMIT ?1"
      ) { statement in
        statement.bind(1, limit)
        bind(range, statement, from: 2)
      } _: { row in
        last = key.indices.map {
          .integer(row.integer(Row.Column(integerLiteral: Int32(columns.count + $0))))
        }
        return decode(row)
      }
      if let last, found.count == limit { return TransferStep(rows: found, next: TransferCursor(key: last)) }
      // The next part.
      return TransferStep(rows: found, next: TransferCursor(key: [.integer(part.resolution + 1)]))
    }
    return TransferStep(rows: [], next: nil)
  }

  /// Returns the row with an id.
  func row(id: Int64, _ connection: Connection) throws(SQLiteError) -> TransferRow? {
    try connection.rows(select(where: "t.id = ?1", .all), bind: { $0.bind(1, id) }, decode).first
  }

  private func select(
    where condition: String, _ range: LedgerRange, parameters first: Int = 3, keys: Bool = false
  ) -> String {
    var list = columns.map(\.sql)
    if keys { list += key.map { "t.\($0)" } }
    if hasProcess { list.append("t.process_id") }
    let needsComponent = columns.contains { $0.sql.contains("c.name") }
    let join = needsComponent ? " LEFT JOIN component c ON c.id = t.component_id" : ""
    // Rows of no ledger have an identity without digits.
    var limits = name == Self.ledgers.name ? " AND t.identity <> '\(ImportSources.unknown)'" : ""
    if name == Self.events.name {
      // The id has the time.
      if let since = range.since { limits += " AND t.id >= \(ImportBatch.firstID(at: since))" }
      if let until = range.until { limits += " AND t.id < \(ImportBatch.firstID(at: until))" }
    }
    if let time, range.since != nil { limits += " AND t.\(time) >= ?\(first)" }
    if let time, range.until != nil { limits += " AND t.\(time) < ?\(first + 1)" }
    let order = key.map { "t.\($0)" }.joined(separator: ", ")
    return
      "SELECT \(list.joined(separator: ", ")) FROM \(table) t\(join) WHERE \(condition)\(limits) ORDER BY \(order)"
  }

  private func bind(_ range: LedgerRange, _ statement: Statement, from position: Int32) {
    if time == nil { return }
    if let since = range.since { statement.bind(position, since.microseconds) }
    if let until = range.until { statement.bind(position + 1, until.microseconds) }
  }

  private func decode(_ row: Row) -> TransferRow {
    var values: [TransferValue] = []
    values.reserveCapacity(columns.count)
    for (index, column) in columns.enumerated() {
      values.append(Self.value(row, Row.Column(integerLiteral: Int32(index)), column.kind))
    }
    let process = hasProcess ? row.integer(Row.Column(integerLiteral: Int32(columns.count))) : nil
    return TransferRow(values: values, process: process)
  }

  private static func value(_ row: Row, _ column: Row.Column, _ kind: TransferColumn.Kind) -> TransferValue {
    if row.isNull(column) { return .null }
    return switch kind {
    case .id, .integer, .word: .integer(row.integer(column))
    case .time: .integer(row.time(column).microseconds)
    case .flag: .integer(row.bool(column) ? 1 : 0)
    case .count: .integer(row.count(column))
    case .milliseconds: .integer(row.durationSum(column))
    case .real: .real(row.ratio(column))
    case .component, .text, .plain, .object, .list, .counts, .json: .text(row.text(column))
    }
  }
}
