import Healing

/// Rows of `health_sample`.
enum SampleTable {
  static let insertSQL = """
    INSERT INTO health_sample (id, at, component_id, process_id, epoch, successes, failures, rejected, cancelled,
      caller_errors, stale, duration_sum_us, duration_max_us, histogram, rejected_circuit, rejected_bulkhead)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  /// Binds and runs a statement of ``insertSQL``, which the caller fetches once per batch.
  static func insert(
    id: LedgerID, at: Int64, component: Int64, process: Int64, epoch: Int64, _ counts: CallCounts,
    with row: Statement
  ) throws(SQLiteError) {
    row.bind(1, id.rawValue)
    row.bind(2, at)
    row.bind(3, component)
    row.bind(4, process)
    row.bind(5, epoch)
    row.bind(6, counts.successes)
    row.bind(7, counts.failures)
    row.bind(8, counts.rejected)
    row.bind(9, counts.cancelled)
    row.bind(10, counts.callerErrors)
    row.bind(11, counts.stale)
    row.bind(12, counts.durationSumMicroseconds)
    row.bind(13, counts.durationMaxMicroseconds)
    if counts.successes.addingClamped(counts.failures) > 1 {
      row.bind(14, StoredJSON.text(counts.histogram.counts))
    } else {
      row.bindNull(14)
    }
    row.bind(15, counts.rejectedByCircuit)
    row.bind(16, counts.rejectedByBulkhead)
    try row.runAndReset()
  }

  /// Returns the counts of a row of `TransferTable.samples`.
  static func counts(_ values: [TransferValue]) -> CallCounts {
    func number(_ index: Int) -> Int64 { values[index].integer ?? 0 }
    var counts = CallCounts()
    counts.successes = number(4)
    counts.failures = number(5)
    counts.rejected = number(6)
    counts.rejectedByCircuit = number(7)
    counts.rejectedByBulkhead = number(8)
    counts.cancelled = number(9)
    counts.callerErrors = number(10)
    counts.stale = number(11)
    counts.durationSumMicroseconds = number(12)
    counts.durationMaxMicroseconds = number(13)
    if let text = values[14].text {
      counts.histogram = DurationHistogram(counts: StoredJSON.integers(text)) ?? DurationHistogram()
    } else if counts.successes + counts.failures == 1 {
      counts.histogram.add(microseconds: counts.durationMaxMicroseconds)
    }
    return counts
  }

  static let select = """
    SELECT h.at, c.name AS component, h.successes, h.failures, h.rejected, h.cancelled, h.caller_errors, h.stale,
      h.duration_sum_us, h.duration_max_us, h.histogram, h.rejected_circuit, h.rejected_bulkhead
    FROM health_sample h JOIN component c ON c.id = h.component_id
    """

  /// Samples that are read at most to find those of one component. They have no index by component, because each
  /// call would have to write it.
  static let walkedRows = 100_000

  /// Selects the last rows of one component, newest first: limit, name, and how many of the last samples are read.
  static let selectLastOfOne = """
    \(select) WHERE h.id IN (
      SELECT w.id FROM (SELECT id, component_id FROM health_sample ORDER BY id DESC LIMIT ?3) AS w
      WHERE w.component_id = (SELECT id FROM component WHERE name = ?2) ORDER BY w.id DESC LIMIT ?1)
    ORDER BY h.id DESC
    """

  static func decode(_ row: Row) -> HealthSample {
    var counts = CallCounts()
    counts.successes = row.count("successes")
    counts.failures = row.count("failures")
    counts.rejected = row.count("rejected")
    counts.cancelled = row.count("cancelled")
    counts.callerErrors = row.count("caller_errors")
    counts.stale = row.count("stale")
    counts.durationSumMicroseconds = row.durationSum("duration_sum_us")
    counts.durationMaxMicroseconds = row.durationSum("duration_max_us")
    let classes = StoredJSON.integers(row.optionalText("histogram")).map {
      min(max(0, $0), CallCounts.largestCount)
    }
    if let histogram = DurationHistogram(counts: classes) {
      counts.histogram = histogram
    } else if counts.successes + counts.failures == 1 {
      counts.histogram.add(microseconds: counts.durationMaxMicroseconds)
    }
    counts.rejectedByCircuit = row.count("rejected_circuit")
    counts.rejectedByBulkhead = row.count("rejected_bulkhead")
    return HealthSample(
      component: row.component("component"), at: row.time("at"), counts: counts)
  }
}
