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
  /// Calls by reason that no operation is known of.
  private var rejections: [SourceRejections: Int64] = [:]

  mutating func addRejected(
    _ calls: Int64, _ reason: RejectionReason, of source: Int64, component: Int64, epoch: Int64, at: Int64
  ) {
    let minute = at / RollupAccumulator.minute * RollupAccumulator.minute
    let key = SourceRejections(
      source: source, component: component, epoch: epoch, minute: minute, reason: reason.code)
    rejections[key, default: 0].addClamped(calls)
  }

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
    for (key, calls) in rejections {
      try key.add(calls, to: RejectedOperation.merged, context.connection)
    }
    (recoveries, samples, rejections) = ([:], [:], [:])
  }
}

/// The place of a source's rejected calls of a minute, by operation: in `source_rejection`, or in `rejection_rollup` for the ledger's own.
struct SourceRejections: Hashable {
  let source: Int64
  let component: Int64
  /// In the other ledger.
  let epoch: Int64
  let minute: Int64
  let reason: Int64

  private func bind(_ operation: String, to statement: Statement) {
    for (index, number) in [source, component, epoch, minute, reason].enumerated() {
      statement.bind(Int32(index + 1), number)
    }
    statement.bind(6, operation)
  }

  func calls(of operation: String, _ connection: Connection) throws(SQLiteError) -> Int64 {
    let place =
      source == ImportSources.Source.own
      ? "rejection_rollup WHERE resolution = 60 AND ?1 = 0" : "source_rejection WHERE source_id = ?1"
    return try connection.integer(
      """
      SELECT calls FROM \(place) AND component_id = ?2 AND epoch = ?3 AND bucket_at = ?4 AND reason = ?5 AND operation = ?6
      """
    ) {
      bind(operation, to: $0)
    } ?? 0
  }

  func add(_ calls: Int64, to operation: String, _ connection: Connection) throws(SQLiteError) {
    let row = try connection.cached(
      """
      INSERT INTO source_rejection (source_id, component_id, epoch, bucket_at, reason, operation, calls)
      VALUES (?, ?, ?, ?, ?, ?, max(0, ?7)) ON CONFLICT DO UPDATE SET calls = max(0, calls + ?7)
      """)
    bind(operation, to: row)
    row.bind(7, calls)
    try row.runAndReset()
  }
}

/// `source_recovery` or `source_sample`.
private struct SourceSumTable {
  let table: String
  /// The roll-up of the same sums.
  let rollup: String
  /// The table of the rows.
  let history: String
  let kind: String
  let figures: [String]

  static let recoveries = SourceSumTable(
    table: "source_recovery", rollup: "recovery_rollup", history: "recovery", kind: "action",
    figures: ["total", "successful", "attempts", "duration_sum_us"])
  static let samples = SourceSumTable(
    table: "source_sample", rollup: "sample_rollup", history: "health_sample", kind: "epoch",
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

  /// Returns what the ledger has of a bucket of another one, or has itself.
  func found(
    source: Int64, component: Int64, kind: Int64, at: Int64, _ resolution: Int64, _ context: WriteContext
  ) throws(SQLiteError) -> [Int64] {
    if source == ImportSources.Source.own {
      return try own(component: component, kind: kind, at: at, resolution, context)
    }
    return try context.connection.rows(
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

  /// Whether the ledger has a coarser sum of another one that a bucket is part of. The sum has all of its calls: retention deletes the
  /// finer sums of a ledger once they are complete, so they come from an older copy or export.
  func isCovered(
    source: Int64, component: Int64, kind: Int64, at: Int64, _ resolution: Int64, _ context: WriteContext
  ) throws(SQLiteError) -> Bool {
    guard source != ImportSources.Source.own else { return false }
    for coarser in [Int64(3_600), 86_400] where coarser > resolution {
      let unit = coarser * 1_000_000
      let found = try context.connection.integer(
        """
        SELECT 1 FROM \(table)
        WHERE source_id = ? AND component_id = ? AND \(self.kind) = ? AND bucket_at = ? AND resolution = ?
        """
      ) { statement in
        for (index, value) in [source, component, kind, at / unit * unit, coarser].enumerated() {
          statement.bind(Int32(index + 1), value)
        }
      }
      if found != nil { return true }
    }
    return false
  }

  private func own(
    component: Int64, kind: Int64, at: Int64, _ resolution: Int64, _ context: WriteContext
  ) throws(SQLiteError) -> [Int64] {
    let rejected = ["rejected_circuit": 0, "rejected_bulkhead": 1]
    let columns = figures.map { figure in
      rejected[figure].map { reason in
        """
        (SELECT total(r.calls) FROM rejection_rollup r WHERE r.resolution = t.resolution AND r.bucket_at = t.bucket_at
          AND r.component_id = t.component_id AND r.epoch = t.epoch AND r.reason = \(reason))
        """
      } ?? "t.\(figure)"
    }
    return try context.connection.rows(
      """
      SELECT \(columns.joined(separator: ", ")) FROM \(rollup) t
      WHERE t.resolution = ? AND t.bucket_at = ? AND t.component_id = ? AND t.\(self.kind) = ?
      """
    ) { statement in
      for (index, value) in [resolution, at, component, kind].enumerated() {
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
  /// Calls that the circuit or the bulkhead rejected.
  var rejections: [(reason: RejectionReason, calls: Int64)] {
    [(.circuit, rejectedByCircuit), (.bulkhead, rejectedByBulkhead)]
  }

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

/// Sums of the rows of another ledger. Where retention has deleted rows, there or here, they say what was counted: a difference is added
/// to the totals without rows.
extension ImportBatch {
  /// The place of sums: their bucket, and its resolution in seconds.
  private struct Bucket {
    let resolution: Int64
    let at: Int64

    init?(_ row: TransferRow, of table: TransferTable) {
      guard let resolution = table.value("resolution", row).integer,
        let at = table.value("bucket", row).integer,
        [60, 3_600, 86_400].contains(resolution), at >= 0, at % (resolution * 1_000_000) == 0
      else { return nil }
      (self.resolution, self.at) = (resolution, at)
    }
  }

  /// Whether a bucket's sums are to be completed without rows: retention has deleted rows of it there or here.
  private mutating func isPruned(
    _ bucket: Bucket, _ row: TransferRow, of table: TransferTable, _ sums: SourceSumTable,
    _ source: ImportSources.Source
  ) throws(SQLiteError) -> Bool {
    // The ledger's own finer sums may be deleted: the coarser ones have them.
    let finer = try WatermarkTable.prunedBefore(
      WatermarkTable.rollups, resolution: bucket.resolution, connection)
    if source.isOwn, let finer, bucket.at < finer { return false }
    let keptFrom = try prunedBefore(sums.history)
    return table.value("pruned", row) != .integer(0) || bucket.at < keptFrom
  }

  /// Returns what is wrong with a bucket of which retention cannot have deleted rows yet. Its end becomes the time before which rows
  /// are not complete.
  private func prematureProblem(_ bucket: Bucket, _ row: TransferRow, of table: TransferTable) -> String? {
    guard table.value("pruned", row) != .integer(0),
      bucket.at.addingClamped(bucket.resolution * 1_000_000) > now.microseconds
    else { return nil }
    return "says that rows were deleted in a time that has not ended"
  }

  /// Adds what the ledger does not have of a bucket's recoveries.
  mutating func insertRecoverySums(_ row: TransferRow, _ source: ImportSources.Source) throws(SQLiteError)
    -> ImportResult
  {
    let (table, sums) = (TransferTable.recoverySums, SourceSumTable.recoveries)
    guard let bucket = Bucket(row, of: table), let name = table.component(row),
      let action = table.value("action", row).integer
    else { return .refused("is of no minute, hour or day") }
    guard try isPruned(bucket, row, of: table, sums, source) else { return .duplicate }
    if let problem = prematureProblem(bucket, row, of: table) { return .refused(problem) }
    let numbers = table.numbers(["total", "successful", "attempts", "duration_sum_ms"], row)
    let position = try position(of: name, isCall: false)
    let component = components[position]?.id ?? 0
    if source.isOwn { try end() } else { try taken.write(context) }
    let context = self.context
    guard
      try !sums.isCovered(
        source: source.id, component: component, kind: action, at: bucket.at, bucket.resolution, context)
    else { return .duplicate }
    let found = try sums.found(
      source: source.id, component: component, kind: action, at: bucket.at, bucket.resolution, context)
    let missing = zip(numbers, found).map { max(0, $0.subtractingClamped($1)) }
    guard missing.contains(where: { $0 > 0 }) else { return .duplicate }
    if !source.isOwn {
      try sums.add(
        missing, source: source.id, component: component, kind: action, at: bucket.at, bucket.resolution,
        context)
    }
    try addSealed(
      RollupAccumulator.RecoverySums(
        missing, longest: table.value("duration_max_ms", row).integer ?? 0),
      component: position, action: RecoveryAction(code: action), at: bucket.at, from: bucket.resolution)
    return .stored
  }

  /// Adds what the ledger does not have of a bucket's calls.
  mutating func insertSampleSums(_ row: TransferRow, _ source: ImportSources.Source) throws(SQLiteError)
    -> ImportResult
  {
    let (table, sums) = (TransferTable.sampleSums, SourceSumTable.samples)
    guard let bucket = Bucket(row, of: table), let name = table.component(row),
      let epoch = table.value("epoch", row).integer,
      let histogram = table.value("histogram", row).text.map({ StoredJSON.integers($0) }),
      histogram.count == 6
    else { return .refused("is of no minute, hour or day") }
    let isPruned = try isPruned(bucket, row, of: table, sums, source)
    if isPruned, let problem = prematureProblem(bucket, row, of: table) { return .refused(problem) }
    // A late row has an id below those that were read.
    let isLate = sources.samplesFrom.map { bucket.at < $0 } ?? false
    guard isPruned || isLate else { return .duplicate }
    let numbers = table.numbers(
      [
        "successes", "failures", "rejected", "rejected_circuit", "rejected_bulkhead", "cancelled",
        "caller_errors", "stale", "duration_sum_ms",
      ], row)
    let position = try position(of: name, isCall: false)
    let component = components[position]?.id ?? 0
    let epochHere = self.epoch(epoch, of: name, components[position], source)
    // This ledger's own totals are in the epoch in which they count here.
    let kind = source.isOwn ? epochHere : epoch
    if source.isOwn { try end() } else { try taken.write(context) }
    let context = self.context
    guard
      try !sums.isCovered(
        source: source.id, component: component, kind: kind, at: bucket.at, bucket.resolution, context)
    else { return .duplicate }
    let found = try sums.found(
      source: source.id, component: component, kind: kind, at: bucket.at, bucket.resolution, context)
    let missing = zip(numbers + histogram, found).map { max(0, $0.subtractingClamped($1)) }
    guard missing.contains(where: { $0 > 0 }) else { return .duplicate }
    guard isPruned else {
      sources.lateMinute = min(sources.lateMinute ?? .max, bucket.at)
      return .duplicate
    }
    if !source.isOwn {
      try sums.add(
        missing, source: source.id, component: component, kind: epoch, at: bucket.at, bucket.resolution,
        context)
    }
    let counts = CallCounts(missing, longest: table.value("duration_max_ms", row).integer ?? 0)
    try addSealed(counts, component: position, epoch: epochHere, at: bucket.at, from: bucket.resolution)
    if bucket.resolution == 60 && !source.isOwn {
      for (reason, calls) in counts.rejections where calls > 0 {
        taken.addRejected(calls, reason, of: source.id, component: component, epoch: epoch, at: bucket.at)
      }
    }
    return .stored
  }

  /// Adds recoveries whose rows are deleted to the roll-ups from a resolution on and to the sealed sums.
  mutating func addSealed(
    _ sums: RollupAccumulator.RecoverySums, component: UInt32, action: RecoveryAction, at: Int64,
    from resolution: Int64
  ) throws(SQLiteError) {
    var sums = sums
    sums.durationMaxMicroseconds = min(sums.durationMaxMicroseconds, CallCounts.longestMicroseconds)
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
  mutating func addSealed(
    _ counts: CallCounts, component: UInt32, epoch: Int64, at: Int64, from resolution: Int64
  ) throws(SQLiteError) {
    var counts = counts
    counts.durationMaxMicroseconds = min(counts.durationMaxMicroseconds, CallCounts.longestMicroseconds)
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
  private mutating func advanceWatermarks(of table: String, at: Int64, from resolution: Int64)
    throws(SQLiteError)
  {
    let (now, end) = (Timestamp(microseconds: context.now), at.addingClamped(resolution * 1_000_000))
    forgetPrunedBefore()
    try WatermarkTable.advance(table, to: end, deleted: 0, at: now, connection)
    for finer in [Int64(60), 3_600] where finer < resolution {
      try WatermarkTable.advance(
        WatermarkTable.rollups, resolution: finer, to: end, deleted: 0, at: now, connection)
    }
  }
}
