import HealingLedger
import Healing

/// Rows of `health_window` and `health_window_detail`: 30 buckets per component, which take turns.
enum HealthWindowTable {
  /// Adds counts to a bucket of the health window. A later bucket replaces the contents of its ring slot; an
  /// older bucket is ignored.
  static func add(
    _ key: RollupAccumulator.SampleKey, _ counts: CallCounts, critical: Int64, _ context: WriteContext
  ) throws(SQLiteError) {
    // A bucket from the future, of reported events or from before the clock was set back, would take the slot of a present one.
    guard key.bucket <= context.now + RollupAccumulator.windowBucket else { return }
    let row = try context.connection.cached(addBucket)
    row.bind(1, context.components[key.component]?.id ?? 0)
    row.bind(2, slot(of: key))
    row.bind(3, key.bucket)
    row.bind(4, key.epoch)
    row.bind(5, min(counts.successes, RollupTable.largestSum))
    row.bind(6, min(counts.failures, RollupTable.largestSum))
    row.bind(7, min(critical, RollupTable.largestSum))
    row.bind(8, min(counts.durationSumMicroseconds, RollupTable.largestSum))
    // A slot with a time in the future was filled before the clock was set back.
    row.bind(9, context.now + RollupAccumulator.windowBucket)
    try row.runAndReset()
    try addDetail(key, counts, context)
  }

  private static func addDetail(
    _ key: RollupAccumulator.SampleKey, _ counts: CallCounts, _ context: WriteContext
  ) throws(SQLiteError) {
    let component = context.components[key.component]?.id ?? 0
    let slot = slot(of: key)
    guard counts.rejected > 0 || counts.cancelled > 0 || counts.callerErrors > 0 || counts.failures > 0 else {
      guard counts.successes > 0 else { return }
      let row = try context.connection.cached(endFailuresInRow)
      row.bind(1, component)
      row.bind(2, slot)
      return try row.runAndReset()
    }
    let row = try context.connection.cached(addBucketDetail)
    row.bind(1, component)
    row.bind(2, slot)
    row.bind(3, key.bucket)
    row.bind(4, key.epoch)
    row.bind(5, min(counts.rejectedByCircuit, RollupTable.largestSum))
    row.bind(6, min(counts.rejectedByBulkhead, RollupTable.largestSum))
    row.bind(7, min(counts.rejectedOtherwise, RollupTable.largestSum))
    row.bind(8, min(counts.cancelled, RollupTable.largestSum))
    row.bind(9, min(counts.callerErrors, RollupTable.largestSum))
    row.bind(10, min(counts.failuresInRow, RollupTable.largestSum))
    row.bind(11, context.now + RollupAccumulator.windowBucket)
    row.bind(12, counts.successes > 0 ? 1 : 0)
    try row.runAndReset()
  }

  /// Returns the ring slot of a bucket.
  private static func slot(of key: RollupAccumulator.SampleKey) -> Int64 {
    (key.bucket / RollupAccumulator.windowBucket % 30 + 30) % 30
  }

  static func decode(_ row: Row) -> HealthWindowBucket {
    var bucket = HealthWindowBucket(
      component: row.component("component"), start: row.time("bucket_at"),
      successes: row.count("successes"), failures: row.count("failures"),
      criticalErrors: row.count("critical_errors"),
      durationSumMicroseconds: row.durationSum("duration_sum_us"))
    bucket.rejectedByCircuit = row.count("rejected_circuit")
    bucket.rejectedByBulkhead = row.count("rejected_bulkhead")
    bucket.rejectedOtherwise = row.count("rejected_other")
    bucket.cancelled = row.count("cancelled")
    bucket.callerErrors = row.count("caller_errors")
    bucket.failuresInRow = row.count("failures_in_row")
    return bucket
  }

  // MARK: Statements

  static let select = """
    SELECT c.name AS component, w.bucket_at, w.successes, w.failures, w.critical_errors, w.duration_sum_us,
      d.rejected_circuit, d.rejected_bulkhead, d.rejected_other, d.cancelled, d.caller_errors, d.failures_in_row
    FROM health_window w JOIN component c ON c.id = w.component_id AND c.epoch = w.epoch
    LEFT JOIN health_window_detail d ON d.component_id = w.component_id AND d.slot = w.slot
      AND d.bucket_at = w.bucket_at AND d.epoch = w.epoch
    """
  static let inOrder = " ORDER BY c.name, w.bucket_at"

  private static let addBucketDetail = """
    INSERT INTO health_window_detail (component_id, slot, bucket_at, epoch, rejected_circuit, rejected_bulkhead,
      rejected_other, cancelled, caller_errors, failures_in_row)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET bucket_at = excluded.bucket_at, epoch = excluded.epoch, \(RollupTable.sums(
      ["rejected_circuit", "rejected_bulkhead", "rejected_other", "cancelled", "caller_errors"],
      where: "bucket_at = excluded.bucket_at AND epoch = excluded.epoch AND ")),
      \(RollupTable.sum("failures_in_row", where: "?12 = 0 AND bucket_at = excluded.bucket_at AND epoch = excluded.epoch AND "))
    WHERE (excluded.bucket_at >= bucket_at OR bucket_at > ?11)
      AND (excluded.epoch >= epoch OR epoch > excluded.epoch + 1)
    """

  private static let endFailuresInRow = """
    UPDATE health_window_detail SET failures_in_row = 0
    WHERE component_id = ? AND slot = ? AND failures_in_row <> 0
    """

  // A slot whose epoch is more than one above the new epoch, or whose time is out of range, is damaged and
  // replaced.
  private static let addBucket = """
    INSERT INTO health_window VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET bucket_at = excluded.bucket_at, epoch = excluded.epoch, \(RollupTable.sums(
      ["successes", "failures", "critical_errors", "duration_sum_us"],
      where: "bucket_at = excluded.bucket_at AND epoch = excluded.epoch AND "))
    WHERE (excluded.bucket_at >= bucket_at OR bucket_at > ?9)
      AND (excluded.epoch >= epoch OR epoch > excluded.epoch + 1)
    """
}
