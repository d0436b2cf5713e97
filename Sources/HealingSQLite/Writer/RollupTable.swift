import Healing

/// Rows of `sample_rollup`, `recovery_rollup` and `health_window`.
enum RollupTable {
  /// Seconds; 0 is all time.
  static let resolutions: [Int64] = [60, 3_600, 86_400, 0]

  static func write(_ sums: RollupAccumulator, _ context: WriteContext) throws(SQLiteError) {
    var minutes: [RollupAccumulator.SampleKey: CallCounts] = [:]
    for (key, counts) in sums.samples {
      try addToWindow(key, counts, critical: sums.criticalErrors[key] ?? 0, context)
      let minute = RollupAccumulator.SampleKey(
        component: key.component, epoch: key.epoch,
        bucket: key.bucket / RollupAccumulator.minute * RollupAccumulator.minute)
      minutes[minute, default: CallCounts()].add(counts)
    }
    for (key, count) in sums.criticalErrors where sums.samples[key] == nil {
      try addToWindow(key, CallCounts(), critical: count, context)
    }
    for (key, counts) in minutes {
      for resolution in resolutions {
        try add(counts, component: key.component, epoch: key.epoch, at: key.bucket, resolution, context)
      }
    }
    for (key, recoverySums) in sums.recoveries {
      for resolution in resolutions {
        try add(recoverySums, key, resolution, context)
      }
    }
  }

  private static func bucket(_ at: Int64, _ resolution: Int64) -> Int64 {
    resolution == 0 ? 0 : at / (resolution * 1_000_000) * (resolution * 1_000_000)
  }

  private static func add(
    _ counts: CallCounts, component: UInt32, epoch: Int64, at: Int64, _ resolution: Int64,
    _ context: WriteContext
  ) throws(SQLiteError) {
    let row = try context.connection.cached(addSamples)
    row.bind(1, resolution)
    row.bind(2, bucket(at, resolution))
    row.bind(3, context.components[component]?.id ?? 0)
    row.bind(4, epoch)
    row.bind(5, min(counts.successes, largestSum))
    row.bind(6, min(counts.failures, largestSum))
    row.bind(7, min(counts.rejected, largestSum))
    row.bind(8, min(counts.cancelled, largestSum))
    row.bind(9, min(counts.callerErrors, largestSum))
    row.bind(10, min(counts.stale, largestSum))
    row.bind(11, min(counts.durationSum, largestSum))
    row.bind(12, min(counts.durationMax, largestSum))
    row.bind(13, min(counts.histogram.upTo1ms, largestSum))
    row.bind(14, min(counts.histogram.upTo10ms, largestSum))
    row.bind(15, min(counts.histogram.upTo100ms, largestSum))
    row.bind(16, min(counts.histogram.upTo1s, largestSum))
    row.bind(17, min(counts.histogram.upTo10s, largestSum))
    row.bind(18, min(counts.histogram.over10s, largestSum))
    try row.runAndReset()
  }

  private static func add(
    _ sums: RollupAccumulator.RecoverySums, _ key: RollupAccumulator.RecoveryKey, _ resolution: Int64,
    _ context: WriteContext
  ) throws(SQLiteError) {
    let row = try context.connection.cached(addRecoveries)
    row.bind(1, resolution)
    row.bind(2, bucket(key.minute, resolution))
    row.bind(3, context.components[key.component]?.id ?? 0)
    row.bind(4, key.action.code)
    row.bind(5, min(sums.total, largestSum))
    row.bind(6, min(sums.successful, largestSum))
    row.bind(7, min(sums.attempts, largestSum))
    row.bind(8, min(sums.durationSum, largestSum))
    row.bind(9, min(sums.durationMax, largestSum))
    try row.runAndReset()
  }

  /// The ring slot of a bucket is emptied when a later bucket takes it; an older bucket comes too late.
  private static func addToWindow(
    _ key: RollupAccumulator.SampleKey, _ counts: CallCounts, critical: Int64, _ context: WriteContext
  ) throws(SQLiteError) {
    let row = try context.connection.cached(addBucket)
    row.bind(1, context.components[key.component]?.id ?? 0)
    row.bind(2, (key.bucket / RollupAccumulator.windowBucket % 30 + 30) % 30)
    row.bind(3, key.bucket)
    row.bind(4, key.epoch)
    row.bind(5, min(counts.successes, largestSum))
    row.bind(6, min(counts.failures, largestSum))
    row.bind(7, min(critical, largestSum))
    row.bind(8, min(counts.durationSum, largestSum))
    // A slot from the future was filled before the clock was set back.
    row.bind(9, context.now + RollupAccumulator.windowBucket)
    try row.runAndReset()
  }

  // MARK: Statements

  /// Two figures up to this have a sum that SQLite can store.
  private static let largestSum: Int64 = .max / 2

  /// A stored figure plus the new one. What is out of range is damaged and counts as none: its sum could not be stored,
  /// and every batch would fail from then on.
  private static func sum(_ column: String, where condition: String = "") -> String {
    "\(column) = iif(\(condition)\(column) BETWEEN 0 AND \(largestSum), CAST(\(column) AS INTEGER), 0) + excluded.\(column)"
  }

  private static func sums(_ columns: [String], where condition: String = "") -> String {
    columns.map { sum($0, where: condition) }.joined(separator: ", ")
  }

  private static let longest = """
    duration_max_us = max(excluded.duration_max_us,
      iif(duration_max_us BETWEEN 0 AND \(CallCounts.longestDuration), duration_max_us, 0))
    """

  private static let addSamples = """
    INSERT INTO sample_rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET \(longest), \(sums([
      "successes", "failures", "rejected", "cancelled", "caller_errors", "stale", "duration_sum_us", "upto_1ms",
      "upto_10ms", "upto_100ms", "upto_1s", "upto_10s", "over_10s",
    ]))
    """

  private static let addRecoveries = """
    INSERT INTO recovery_rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET \(longest), \(sums(["total", "successful", "attempts", "duration_sum_us"]))
    """

  // A slot of a later epoch than the next one, or of no time at all, is damaged.
  private static let addBucket = """
    INSERT INTO health_window VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET bucket_at = excluded.bucket_at, epoch = excluded.epoch, \(sums(
      ["successes", "failures", "critical_errors", "duration_sum_us"],
      where: "bucket_at = excluded.bucket_at AND epoch = excluded.epoch AND "))
    WHERE (excluded.bucket_at >= bucket_at OR bucket_at > ?9)
      AND (excluded.epoch >= epoch OR epoch > excluded.epoch + 1)
    """
}
