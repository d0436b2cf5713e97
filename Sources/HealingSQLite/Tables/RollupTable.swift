import HealingLedger
import Healing

/// Rows of `sample_rollup`, `recovery_rollup`, `outcome_rollup`, `rejection_rollup`, `release_rollup`, `error_rollup` and
/// `error_group`.
enum RollupTable {
  /// Resolutions of the roll-ups in seconds; 0 is all time.
  static let resolutions: [Int64] = [60, 3_600, 86_400, 0]
  /// Resolutions of `release_rollup` and `error_rollup`.
  static let coarseResolutions: [Int64] = [3_600, 86_400]

  /// The key of calls of one run in an hour.
  struct ReleaseKey: Hashable {
    let component: UInt32
    let process: Int64
    /// Start of the hour, in microseconds.
    let hour: Int64
  }

  /// - Parameter ofOtherLedger: whether the sums are of another ledger's rows. Their executions are counted by rows of
  ///   `outcomes`, and they change no health window.
  static func write(_ sums: RollupAccumulator, _ context: WriteContext, ofOtherLedger: Bool = false)
    throws(SQLiteError)
  {
    var minutes: [RollupAccumulator.SampleKey: CallCounts] = [:]
    for (key, counts) in sums.samples {
      if !ofOtherLedger {
        try HealthWindowTable.add(key, counts, critical: sums.criticalErrors[key] ?? 0, context)
      }
      let minute = RollupAccumulator.SampleKey(
        component: key.component, epoch: key.epoch,
        bucket: key.bucket / RollupAccumulator.minute * RollupAccumulator.minute)
      minutes[minute, default: CallCounts()].add(counts)
    }
    for (key, count) in sums.criticalErrors where sums.samples[key] == nil && !ofOtherLedger {
      try HealthWindowTable.add(key, CallCounts(), critical: count, context)
    }
    var releases: [ReleaseKey: CallCounts] = [:]
    // Sums the attempts of both epochs around a reset of metrics.
    var outcomes = sums.outcomes.mapValues { (attempts: Int64(0), executions: $0) }
    for (key, counts) in minutes {
      for resolution in resolutions {
        try add(counts, component: key.component, epoch: key.epoch, at: key.bucket, resolution, context)
      }
      guard !ofOtherLedger else { continue }
      let release = ReleaseKey(
        component: key.component, process: context.process,
        hour: key.bucket / RollupAccumulator.hour * RollupAccumulator.hour)
      releases[release, default: CallCounts()].add(counts)
      let attempts = counts.successes.addingClamped(counts.failures)
      guard attempts > 0 else { continue }
      let outcome = RollupAccumulator.OutcomeKey(component: key.component, minute: key.bucket)
      outcomes[outcome, default: (0, ExecutionCounts())].attempts.addClamped(attempts)
    }
    for (key, counts) in releases { try add(counts, key, context) }
    for (key, errors) in sums.errors { try add(errors, key, context) }
    for (key, outcome) in outcomes {
      var counts = outcome.executions
      counts.corrections = []
      guard outcome.attempts > 0 || counts != ExecutionCounts() else { continue }
      try add(counts, attempts: outcome.attempts, key, context)
    }
    for (key, outcome) in outcomes {
      for corrections in outcome.executions.corrections { try correct(corrections, key, context) }
    }
    for (key, calls) in sums.rejections {
      for resolution in resolutions { try add(calls, key, resolution, context) }
    }
    for (key, recoverySums) in sums.recoveries {
      for resolution in resolutions {
        try add(recoverySums, key, resolution, context)
      }
    }
  }

  /// Takes what reported recoveries correct from the minutes that hold it. Call it after the batch's own counts are added.
  private static func correct(
    _ corrections: ExecutionCorrections, _ key: RollupAccumulator.OutcomeKey, _ context: WriteContext
  ) throws(SQLiteError) {
    var rest = corrections
    let range = rest.minutes(from: key.minute)
    var found: Int64 = 0
    for (minute, counts) in try counted(in: range, of: key.component, context) {
      let taken = rest.take(from: counts, isFirst: minute == range.lowerBound)
      found += taken.lost
      var change = ExecutionCounts()
      (change.extraAttempts, change.lost) = (taken.extra, -taken.lost)
      let minuteKey = RollupAccumulator.OutcomeKey(component: key.component, minute: minute)
      if change != ExecutionCounts() { try add(change, attempts: 0, minuteKey, context) }
    }
    let outcomes = corrections.outcomes(found: found)
    if outcomes != ExecutionCounts() { try add(outcomes, attempts: 0, key, context) }
  }

  /// Adds the executions of a minute.
  static func add(
    _ executions: ExecutionCounts, attempts: Int64, _ key: RollupAccumulator.OutcomeKey,
    _ context: WriteContext
  ) throws(SQLiteError) {
    for resolution in resolutions { try add(executions, attempts: attempts, key, resolution, context) }
  }

  /// Adds calls to their bucket of a resolution, and to the coarser ones. The operations of rejected calls are unknown.
  static func add(
    _ counts: CallCounts, component: UInt32, epoch: Int64, at: Int64, from finest: Int64,
    _ context: WriteContext
  ) throws(SQLiteError) {
    for resolution in resolutions where resolution == 0 || resolution >= finest {
      try add(counts, component: component, epoch: epoch, at: at, resolution, context)
      for (reason, calls) in counts.rejections where calls > 0 {
        let key = RollupAccumulator.RejectionKey(
          component: component, epoch: epoch, minute: at,
          rejected: RejectedOperation(operation: RejectedOperation.merged, reason: reason))
        try add(calls, key, resolution, context)
      }
    }
  }

  /// Gives rejected calls of a minute whose operation was unknown their operation.
  static func nameMerged(_ calls: Int64, _ key: RollupAccumulator.RejectionKey, _ context: WriteContext)
    throws(SQLiteError)
  {
    let merged = RollupAccumulator.RejectionKey(
      component: key.component, epoch: key.epoch, minute: key.minute,
      rejected: RejectedOperation(operation: RejectedOperation.merged, reason: key.rejected.reason))
    let delete = try context.connection.cached(
      """
      DELETE FROM rejection_rollup WHERE resolution = ? AND bucket_at = ? AND component_id = ? AND epoch = ?
        AND operation = ? AND reason = ? AND calls <= 0
      """)
    for resolution in resolutions {
      try add(-calls, merged, resolution, context)
      try add(calls, key, resolution, context)
      delete.bind(1, resolution)
      delete.bind(2, bucket(key.minute, resolution))
      delete.bind(3, context.components[key.component]?.id ?? 0)
      delete.bind(4, key.epoch)
      delete.bind(5, RejectedOperation.merged)
      delete.bind(6, key.rejected.reason.code)
      try delete.runAndReset()
    }
  }

  /// Adds recoveries to their bucket of a resolution, and to the coarser ones.
  static func add(
    _ sums: RollupAccumulator.RecoverySums, _ key: RollupAccumulator.RecoveryKey, from finest: Int64,
    _ context: WriteContext
  ) throws(SQLiteError) {
    for resolution in resolutions where resolution == 0 || resolution >= finest {
      try add(sums, key, resolution, context)
    }
  }

  /// Raises the longest duration of the recoveries of a minute; without recoveries there it does nothing.
  static func raiseLongest(
    component: Int64, action: Int64, minute: Int64, microseconds: Int64, _ context: WriteContext
  ) throws(SQLiteError) {
    let row = try context.connection.cached(
      """
      UPDATE recovery_rollup SET duration_max_us = max(duration_max_us, ?1)
      WHERE resolution = ?2 AND bucket_at = ?3 AND component_id = ?4 AND action = ?5
      """)
    for resolution in resolutions {
      row.bind(1, min(max(0, microseconds), CallCounts.longestMicroseconds))
      row.bind(2, resolution)
      row.bind(3, bucket(minute, resolution))
      row.bind(4, component)
      row.bind(5, action)
      try row.runAndReset()
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
    row.bind(11, min(counts.durationSumMicroseconds, largestSum))
    row.bind(12, min(counts.durationMaxMicroseconds, largestSum))
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
    row.bind(8, min(sums.durationSumMicroseconds, largestSum))
    row.bind(9, min(sums.durationMaxMicroseconds, largestSum))
    try row.runAndReset()
  }

  private static func add(
    _ counts: ExecutionCounts, attempts: Int64, _ key: RollupAccumulator.OutcomeKey, _ resolution: Int64,
    _ context: WriteContext
  ) throws(SQLiteError) {
    let row = try context.connection.cached(addOutcomes)
    row.bind(1, resolution)
    row.bind(2, bucket(key.minute, resolution))
    row.bind(3, context.components[key.component]?.id ?? 0)
    row.bind(4, min(attempts, largestSum))
    row.bind(5, min(counts.extraAttempts, largestSum))
    row.bind(6, min(counts.rejected, largestSum))
    row.bind(7, min(counts.saved, largestSum))
    row.bind(8, min(counts.degraded, largestSum))
    row.bind(9, min(counts.undone, largestSum))
    row.bind(10, min(counts.lost, largestSum))
    row.bind(11, min(counts.interrupted, largestSum))
    try row.runAndReset()
  }

  /// Returns the stored counts of minutes, in order.
  private static func counted(in minutes: Range<Int64>, of component: UInt32, _ context: WriteContext)
    throws(SQLiteError) -> [(minute: Int64, counts: (attempts: Int64, extra: Int64, lost: Int64))]
  {
    try context.connection.rows(
      """
      SELECT bucket_at, attempts, extra_attempts, lost FROM outcome_rollup
      WHERE resolution = 60 AND bucket_at >= ? AND bucket_at < ? AND component_id = ? ORDER BY bucket_at
      """
    ) {
      $0.bind(1, minutes.lowerBound)
      $0.bind(2, minutes.upperBound)
      $0.bind(3, context.components[component]?.id ?? 0)
    } _: {
      ($0.integer("bucket_at"), ($0.count("attempts"), $0.count("extra_attempts"), $0.count("lost")))
    }
  }

  /// Adds the calls of a run in an hour to those of its release.
  static func add(_ counts: CallCounts, _ key: ReleaseKey, _ context: WriteContext) throws(SQLiteError) {
    let row = try context.connection.cached(addReleases)
    for resolution in coarseResolutions {
      row.bind(1, resolution)
      row.bind(2, bucket(key.hour, resolution))
      row.bind(3, context.components[key.component]?.id ?? 0)
      row.bind(4, key.process)
      row.bind(5, min(counts.successes, largestSum))
      row.bind(6, min(counts.failures, largestSum))
      row.bind(7, min(counts.rejected, largestSum))
      row.bind(8, min(counts.cancelled, largestSum))
      row.bind(9, min(counts.callerErrors, largestSum))
      row.bind(10, min(counts.stale, largestSum))
      row.bind(11, min(counts.durationSumMicroseconds, largestSum))
      row.bind(12, min(counts.durationMaxMicroseconds, largestSum))
      row.bind(13, min(counts.histogram.upTo1ms, largestSum))
      row.bind(14, min(counts.histogram.upTo10ms, largestSum))
      row.bind(15, min(counts.histogram.upTo100ms, largestSum))
      row.bind(16, min(counts.histogram.upTo1s, largestSum))
      row.bind(17, min(counts.histogram.upTo10s, largestSum))
      row.bind(18, min(counts.histogram.over10s, largestSum))
      try row.runAndReset()
    }
  }

  /// Adds the errors of one fault and hour to their group and its roll-ups.
  private static func add(
    _ errors: RollupAccumulator.ErrorSums, _ key: RollupAccumulator.ErrorKey, _ context: WriteContext
  ) throws(SQLiteError) {
    let component = context.components[key.component]?.id ?? 0
    let example = errors.example
    let group = try context.connection.integer(addToGroup) {
      $0.bind(1, component)
      $0.bind(2, key.fingerprint.text)
      $0.bind(3, context.process)
      $0.bind(4, example.category.code)
      $0.bind(5, example.severity.code)
      $0.bind(6, example.type)
      $0.bind(7, example.message.utf8.count <= 200 ? example.message : String(example.message.prefix(200)))
      $0.bind(8, errors.firstAt)
      $0.bind(9, errors.lastAt)
      $0.bind(10, errors.entries)
      $0.bind(11, min(errors.occurrences, largestSum))
      $0.bind(12, min(errors.referred, largestSum))
      $0.bind(13, errors.lastID)
    }
    let row = try context.connection.cached(addErrors)
    for resolution in coarseResolutions {
      row.bind(1, resolution)
      row.bind(2, bucket(key.hour, resolution))
      row.bind(3, group)
      row.bind(4, component)
      row.bind(5, errors.entries)
      row.bind(6, min(errors.occurrences, largestSum))
      row.bind(7, min(errors.referred, largestSum))
      try row.runAndReset()
    }
  }

  private static func add(
    _ calls: Int64, _ key: RollupAccumulator.RejectionKey, _ resolution: Int64, _ context: WriteContext
  ) throws(SQLiteError) {
    let row = try context.connection.cached(addRejections)
    row.bind(1, resolution)
    row.bind(2, bucket(key.minute, resolution))
    row.bind(3, context.components[key.component]?.id ?? 0)
    row.bind(4, key.epoch)
    row.bind(5, key.rejected.operation)
    row.bind(6, key.rejected.reason.code)
    row.bind(7, min(calls, largestSum))
    try row.runAndReset()
  }

  // MARK: Statements

  /// Upper limit of a figure: the sum of two such figures fits into 64 bits.
  static let largestSum: Int64 = .max / 2

  /// Returns SQL that adds the new figure to the stored one. A stored figure out of range is damaged and counts
  /// as 0: its sum could not be stored, and every later batch would fail.
  static func sum(_ column: String, where condition: String = "") -> String {
    "\(column) = iif(\(condition)\(column) BETWEEN 0 AND \(largestSum), CAST(\(column) AS INTEGER), 0) + excluded.\(column)"
  }

  static func sums(_ columns: [String], where condition: String = "") -> String {
    columns.map { sum($0, where: condition) }.joined(separator: ", ")
  }

  private static let longest = """
    duration_max_us = max(excluded.duration_max_us,
      iif(duration_max_us BETWEEN 0 AND \(CallCounts.longestMicroseconds), duration_max_us, 0))
    """

  private static let addSamples = """
    INSERT INTO sample_rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET \(longest), \(sums([
      "successes", "failures", "rejected", "cancelled", "caller_errors", "stale", "duration_sum_us", "upto_1ms",
      "upto_10ms", "upto_100ms", "upto_1s", "upto_10s", "over_10s",
    ]))
    """

  private static let addReleases = """
    INSERT INTO release_rollup SELECT ?1, ?2, ?3, coalesce(release, ''), ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
      ?16, ?17, ?18
    FROM process WHERE id = ?4 AND schema_step IS NOT NULL
    ON CONFLICT DO UPDATE SET \(longest), \(sums([
      "successes", "failures", "rejected", "cancelled", "caller_errors", "stale", "duration_sum_us", "upto_1ms",
      "upto_10ms", "upto_100ms", "upto_1s", "upto_10s", "over_10s",
    ]))
    """

  private static let addToGroup = """
    INSERT INTO error_group (component_id, fingerprint, release, category, severity, type, message, first_at, last_at,
      entries, occurrences, referred, last_error_id)
    VALUES (?1, ?2, coalesce((SELECT release FROM process WHERE id = ?3), ''), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    ON CONFLICT (component_id, fingerprint, release) DO UPDATE SET first_at = min(first_at, excluded.first_at),
      last_at = max(last_at, excluded.last_at), last_error_id = max(last_error_id, excluded.last_error_id),
      \(sums(["entries", "occurrences", "referred"]))
    RETURNING id
    """

  private static let addErrors = """
    INSERT INTO error_rollup (resolution, bucket_at, group_id, component_id, entries, occurrences, referred)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET \(sums(["entries", "occurrences", "referred"]))
    """

  private static let addRecoveries = """
    INSERT INTO recovery_rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET \(longest), \(sums(["total", "successful", "attempts", "duration_sum_us"]))
    """

  private static let addOutcomes = """
    INSERT INTO outcome_rollup (resolution, bucket_at, component_id, attempts, extra_attempts, rejected, saved,
      degraded, undone, lost, interrupted)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, max(0, ?10), ?11)
    ON CONFLICT DO UPDATE SET \(sums([
      "attempts", "extra_attempts", "rejected", "saved", "degraded", "undone", "interrupted",
    ])), lost = max(0, iif(lost BETWEEN 0 AND \(largestSum), CAST(lost AS INTEGER), 0) + ?10)
    """

  private static let addRejections = """
    INSERT INTO rejection_rollup (resolution, bucket_at, component_id, epoch, operation, reason, calls)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET \(sums(["calls"]))
    """
}
