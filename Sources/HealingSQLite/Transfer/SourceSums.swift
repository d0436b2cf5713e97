import Healing
import HealingLedger

/// Rows of other ledgers, summed by minute, that a transaction has stored: what `source_recovery` and `source_sample` have to count.
struct SourceSums {
  private struct Key: Hashable {
    let source: Int64
    let component: Int64
    /// Action, or epoch in the other ledger.
    let kind: Int64
    let minute: Int64
  }

  private var recoveries: [Key: RollupAccumulator.RecoverySums] = [:]
  private var samples: [Key: CallCounts] = [:]

  mutating func add(_ counts: CallCounts, of source: Int64, component: Int64, epoch: Int64, at: Int64) {
    let minute = at / RollupAccumulator.minute * RollupAccumulator.minute
    let key = Key(source: source, component: component, kind: epoch, minute: minute)
    samples[key, default: CallCounts()].add(counts)
  }

  mutating func add(_ recovery: RecoveryRecord, of source: Int64, component: Int64) {
    let minute = recovery.at.microseconds / RollupAccumulator.minute * RollupAccumulator.minute
    let key = Key(source: source, component: component, kind: recovery.action.code, minute: minute)
    let count = Int64(max(1, recovery.occurrences))
    recoveries[key, default: RollupAccumulator.RecoverySums()].add(
      RollupAccumulator.RecoverySums(
        total: count, successful: recovery.success ? count : 0, attempts: Int64(max(0, recovery.attempts)),
        durationSumMicroseconds: recovery.duration.microseconds))
  }

  /// Writes the sums and forgets them.
  mutating func write(_ context: WriteContext) throws(SQLiteError) {
    for (key, sums) in recoveries {
      try SourceSumTable.recoveries.add(
        sums.figures, source: key.source, component: key.component, kind: key.kind, at: key.minute, 60,
        context)
    }
    for (key, counts) in samples {
      try SourceSumTable.samples.add(
        counts.figures, source: key.source, component: key.component, kind: key.kind, at: key.minute, 60,
        context)
    }
    (recoveries, samples) = ([:], [:])
  }
}

/// `source_recovery` or `source_sample`.
private struct SourceSumTable {
  let table: String
  let kind: String
  let figures: [String]

  static let recoveries = SourceSumTable(
    table: "source_recovery", kind: "action", figures: ["total", "successful", "attempts", "duration_sum_us"])
  static let samples = SourceSumTable(
    table: "source_sample", kind: "epoch",
    figures: [
      "successes", "failures", "rejected", "rejected_circuit", "rejected_bulkhead", "cancelled",
      "caller_errors",
      "stale", "duration_sum_us", "upto_1ms", "upto_10ms", "upto_100ms", "upto_1s", "upto_10s", "over_10s",
    ])

  func add(
    _ values: [Int64], source: Int64, component: Int64, kind: Int64, at: Int64, _ resolution: Int64,
    _ context: WriteContext
  ) throws(SQLiteError) {
    let row = try context.connection.cached(
      """
      INSERT INTO \(table) (source_id, component_id, \(self.kind), bucket_at, resolution, \(figures.joined(separator: ", ")))
      VALUES (\((0..<(5 + figures.count)).map { _ in "?" }.joined(separator: ", ")))
      ON CONFLICT DO UPDATE SET \(PrunedTable.sums(figures))
      """)
    for (index, value) in ([source, component, kind, at, resolution] + values).enumerated() {
      row.bind(Int32(index + 1), value)
    }
    try row.runAndReset()
  }

  /// Returns what the ledger has of a bucket of another one.
  func found(
    source: Int64, component: Int64, kind: Int64, at: Int64, _ resolution: Int64, _ context: WriteContext
  ) throws(SQLiteError) -> [Int64] {
    try context.connection.rows(
      """
      SELECT \(figures.map { "total(\($0))" }.joined(separator: ", ")) FROM \(table)
      WHERE source_id = ? AND component_id = ? AND \(self.kind) = ? AND bucket_at >= ? AND bucket_at < ? AND resolution <= ?
      """
    ) { statement in
      let end = at.addingClamped(resolution * 1_000_000)
      for (index, value) in [source, component, kind, at, end, resolution].enumerated() {
        statement.bind(Int32(index + 1), value)
      }
    } _: { row in
      figures.indices.map { Int64(clamping: row.double(Row.Column(integerLiteral: Int32($0)))) }
    }.first ?? figures.map { _ in 0 }
  }
}

extension Int64 {
  /// The whole part of a sum that is 0 or more.
  fileprivate init(clamping sum: Double) {
    self = Int64(Swift.min(Swift.max(0, sum.isNaN ? 0 : sum), 0x1p62))
  }
}

extension RollupAccumulator.RecoverySums {
  fileprivate var figures: [Int64] { [total, successful, attempts, durationSumMicroseconds] }

  fileprivate init(_ figures: [Int64], longest: Int64) {
    self.init(
      total: figures[0], successful: figures[1], attempts: figures[2], durationSumMicroseconds: figures[3],
      durationMaxMicroseconds: longest)
  }
}

extension CallCounts {
  fileprivate var figures: [Int64] {
    [
      successes, failures, rejected, rejectedByCircuit, rejectedByBulkhead, cancelled, callerErrors, stale,
      durationSumMicroseconds,
    ] + histogram.counts
  }

  fileprivate init(_ figures: [Int64], longest: Int64) {
    self.init()
    (successes, failures, rejected) = (figures[0], figures[1], figures[2])
    (rejectedByCircuit, rejectedByBulkhead) = (figures[3], figures[4])
    (cancelled, callerErrors, stale) = (figures[5], figures[6], figures[7])
    durationSumMicroseconds = figures[8]
    durationMaxMicroseconds = longest
    histogram = DurationHistogram(counts: Array(figures[9...])) ?? DurationHistogram()
  }
}

/// Sums of rows that retention deleted in another ledger.
extension ImportBatch {
  /// Returns the number of a source if all of its rows here are counted; `nil` for one whose rows an earlier program stored.
  func counted(_ source: Int64) throws(SQLiteError) -> Int64? {
    try connection.integer("SELECT id FROM source_ledger WHERE id = ? AND is_counted = 1") {
      $0.bind(1, source)
    }
  }

  /// The place of sums: their bucket, and its resolution in seconds.
  private struct Bucket {
    let resolution: Int64
    let at: Int64

    init?(_ row: TransferRow) {
      guard let resolution = row.values[0].integer, let at = row.values[1].integer,
        [60, 3_600, 86_400].contains(resolution), at >= 0, at % (resolution * 1_000_000) == 0
      else { return nil }
      (self.resolution, self.at) = (resolution, at)
    }
  }

  /// Adds what the ledger does not have of a bucket's recoveries.
  mutating func insertRecoverySums(_ row: TransferRow, source: Int64) throws(SQLiteError) -> ImportResult {
    let numbers = row.values[3...].map { $0.integer ?? 0 }
    guard let bucket = Bucket(row), let name = row.values[2].text.map(ComponentName.init(stored:)),
      numbers.count == 6
    else { return .refused("is of no minute, hour or day") }
    let position = try position(of: name, isCall: false)
    let (component, action) = (components[position]?.id ?? 0, numbers[0])
    try taken.write(context)
    let context = self.context
    let table = SourceSumTable.recoveries
    let found = try table.found(
      source: source, component: component, kind: action, at: bucket.at, bucket.resolution, context)
    let missing = zip(numbers[1...4], found).map { max(0, $0.subtractingClamped($1)) }
    guard missing.contains(where: { $0 > 0 }) else { return .duplicate }
    try table.add(
      missing, source: source, component: component, kind: action, at: bucket.at, bucket.resolution, context)
    let sums = RollupAccumulator.RecoverySums(missing, longest: numbers[5])
    try addSealed(
      sums, component: position, action: RecoveryAction(code: action), at: bucket.at, from: bucket.resolution)
    return .stored
  }

  /// Adds what the ledger does not have of a bucket's calls.
  mutating func insertSampleSums(_ row: TransferRow, source: Int64) throws(SQLiteError) -> ImportResult {
    let numbers = row.values[3...13].map { $0.integer ?? 0 }
    guard let bucket = Bucket(row), let name = row.values[2].text.map(ComponentName.init(stored:)),
      let histogram = row.values[14].text.map({ StoredJSON.integers($0) }), histogram.count == 6
    else { return .refused("is of no minute, hour or day") }
    let position = try position(of: name, isCall: false)
    let (component, epoch) = (components[position]?.id ?? 0, numbers[0])
    try taken.write(context)
    let context = self.context
    let table = SourceSumTable.samples
    let found = try table.found(
      source: source, component: component, kind: epoch, at: bucket.at, bucket.resolution, context)
    let missing = zip(numbers[1...9] + histogram, found).map { max(0, $0.subtractingClamped($1)) }
    guard missing.contains(where: { $0 > 0 }) else { return .duplicate }
    try table.add(
      missing, source: source, component: component, kind: epoch, at: bucket.at, bucket.resolution, context)
    try addSealed(
      CallCounts(missing, longest: numbers[10]), component: position,
      epoch: self.epoch(epoch, of: name, components[position]), at: bucket.at, from: bucket.resolution)
    return .stored
  }

  /// Adds recoveries whose rows are deleted to the roll-ups from a resolution on and to the sealed sums.
  func addSealed(
    _ sums: RollupAccumulator.RecoverySums, component: UInt32, action: RecoveryAction, at: Int64,
    from resolution: Int64
  ) throws(SQLiteError) {
    let context = self.context
    let key = RollupAccumulator.RecoveryKey(component: component, action: action, minute: at)
    try RollupTable.add(sums, key, from: resolution, context)
    try addSealed(
      "sealed_recovery", "action", ["total", "successful", "attempts", "duration_sum_us"],
      component: component,
      kind: action.code, at: at, sums.figures)
    try advanceWatermarks(of: "recovery", at: at, from: resolution)
  }

  /// Adds calls whose rows are deleted to the roll-ups from a resolution on and to the sealed sums.
  func addSealed(
    _ counts: CallCounts, component: UInt32, epoch: Int64, at: Int64, from resolution: Int64
  ) throws(SQLiteError) {
    try RollupTable.add(counts, component: component, epoch: epoch, at: at, from: resolution, context)
    try addSealed(
      "sealed_sample", "epoch", Array(SourceSumTable.samples.figures[..<9]), component: component,
      kind: epoch,
      at: at, Array(counts.figures[..<9]), longest: counts.durationMaxMicroseconds)
    try advanceWatermarks(of: "health_sample", at: at, from: resolution)
  }

  private func addSealed(
    _ table: String, _ kind: String, _ figures: [String], component: UInt32, kind value: Int64, at: Int64,
    _ values: [Int64], longest: Int64? = nil
  ) throws(SQLiteError) {
    let longestColumn = longest == nil ? [] : ["duration_max_us"]
    let row = try connection.cached(
      """
      INSERT INTO \(table) (bucket_at, component_id, \(kind), \((figures + longestColumn).joined(separator: ", ")))
      VALUES (\((0..<(3 + figures.count + longestColumn.count)).map { _ in "?" }.joined(separator: ", ")))
      ON CONFLICT DO UPDATE SET \(PrunedTable.sums(figures))\(
        longest == nil ? "" : ", duration_max_us = max(duration_max_us, excluded.duration_max_us)")
      """)
    let day: Int64 = 86_400_000_000
    let id = components[component]?.id ?? 0
    for (index, number) in ([at / day * day, id, value] + values + (longest.map { [$0] } ?? [])).enumerated()
    {
      row.bind(Int32(index + 1), number)
    }
    try row.runAndReset()
  }

  /// Records that rows, and sums that are finer than a resolution, are not complete before the end of a bucket.
  private func advanceWatermarks(of table: String, at: Int64, from resolution: Int64) throws(SQLiteError) {
    let (now, end) = (Timestamp(microseconds: context.now), at.addingClamped(resolution * 1_000_000))
    try WatermarkTable.advance(table, to: end, deleted: 0, at: now, connection)
    for finer in [Int64(60), 3_600] where finer < resolution {
      try WatermarkTable.advance(
        WatermarkTable.rollups, resolution: finer, to: end, deleted: 0, at: now, connection)
    }
  }
}
