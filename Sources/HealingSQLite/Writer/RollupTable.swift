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
    let row = try context.connection.cached(
      """
      INSERT INTO sample_rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET successes = successes + excluded.successes,
        failures = failures + excluded.failures, rejected = rejected + excluded.rejected,
        cancelled = cancelled + excluded.cancelled, caller_errors = caller_errors + excluded.caller_errors,
        stale = stale + excluded.stale, duration_sum_us = duration_sum_us + excluded.duration_sum_us,
        duration_max_us = max(duration_max_us, excluded.duration_max_us),
        upto_1ms = upto_1ms + excluded.upto_1ms, upto_10ms = upto_10ms + excluded.upto_10ms,
        upto_100ms = upto_100ms + excluded.upto_100ms, upto_1s = upto_1s + excluded.upto_1s,
        upto_10s = upto_10s + excluded.upto_10s, over_10s = over_10s + excluded.over_10s
      """)
    row.bind(1, resolution)
    row.bind(2, bucket(at, resolution))
    row.bind(3, context.components[component]?.id ?? 0)
    row.bind(4, epoch)
    row.bind(5, counts.successes)
    row.bind(6, counts.failures)
    row.bind(7, counts.rejected)
    row.bind(8, counts.cancelled)
    row.bind(9, counts.callerErrors)
    row.bind(10, counts.stale)
    row.bind(11, counts.durationSum)
    row.bind(12, counts.durationMax)
    row.bind(13, counts.histogram.upTo1ms)
    row.bind(14, counts.histogram.upTo10ms)
    row.bind(15, counts.histogram.upTo100ms)
    row.bind(16, counts.histogram.upTo1s)
    row.bind(17, counts.histogram.upTo10s)
    row.bind(18, counts.histogram.over10s)
    try row.runAndReset()
  }

  private static func add(
    _ sums: RollupAccumulator.RecoverySums, _ key: RollupAccumulator.RecoveryKey, _ resolution: Int64,
    _ context: WriteContext
  ) throws(SQLiteError) {
    let row = try context.connection.cached(
      """
      INSERT INTO recovery_rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET total = total + excluded.total, successful = successful + excluded.successful,
        attempts = attempts + excluded.attempts, duration_sum_us = duration_sum_us + excluded.duration_sum_us,
        duration_max_us = max(duration_max_us, excluded.duration_max_us)
      """)
    row.bind(1, resolution)
    row.bind(2, bucket(key.minute, resolution))
    row.bind(3, context.components[key.component]?.id ?? 0)
    row.bind(4, key.action.code)
    row.bind(5, sums.total)
    row.bind(6, sums.successful)
    row.bind(7, sums.attempts)
    row.bind(8, sums.durationSum)
    row.bind(9, sums.durationMax)
    try row.runAndReset()
  }

  /// The ring slot of a bucket is emptied when a later bucket takes it; an older bucket comes too late.
  private static func addToWindow(
    _ key: RollupAccumulator.SampleKey, _ counts: CallCounts, critical: Int64, _ context: WriteContext
  ) throws(SQLiteError) {
    let row = try context.connection.cached(
      """
      INSERT INTO health_window VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET
        successes = excluded.successes + iif(bucket_at = excluded.bucket_at AND epoch = excluded.epoch, successes, 0),
        failures = excluded.failures + iif(bucket_at = excluded.bucket_at AND epoch = excluded.epoch, failures, 0),
        critical_errors = excluded.critical_errors
          + iif(bucket_at = excluded.bucket_at AND epoch = excluded.epoch, critical_errors, 0),
        duration_sum_us = excluded.duration_sum_us
          + iif(bucket_at = excluded.bucket_at AND epoch = excluded.epoch, duration_sum_us, 0),
        bucket_at = excluded.bucket_at, epoch = excluded.epoch
      WHERE (excluded.bucket_at >= bucket_at OR bucket_at > ?9) AND excluded.epoch >= epoch
      """)
    row.bind(1, context.components[key.component]?.id ?? 0)
    row.bind(2, (key.bucket / RollupAccumulator.windowBucket % 30 + 30) % 30)
    row.bind(3, key.bucket)
    row.bind(4, key.epoch)
    row.bind(5, counts.successes)
    row.bind(6, counts.failures)
    row.bind(7, critical)
    row.bind(8, counts.durationSum)
    // A slot from the future was filled before the clock was set back.
    row.bind(9, context.now + RollupAccumulator.windowBucket)
    try row.runAndReset()
  }
}
