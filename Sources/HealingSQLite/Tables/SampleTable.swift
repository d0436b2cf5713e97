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

  /// Positions of the fields of `TransferTable.samples`, found once.
  private struct Fields {
    let successes = TransferTable.samples.position(of: "successes")
    let failures = TransferTable.samples.position(of: "failures")
    let rejected = TransferTable.samples.position(of: "rejected")
    let rejectedByCircuit = TransferTable.samples.position(of: "rejected_circuit")
    let rejectedByBulkhead = TransferTable.samples.position(of: "rejected_bulkhead")
    let cancelled = TransferTable.samples.position(of: "cancelled")
    let callerErrors = TransferTable.samples.position(of: "caller_errors")
    let stale = TransferTable.samples.position(of: "stale")
    let durationSum = TransferTable.samples.position(of: "duration_sum_ms")
    let durationMax = TransferTable.samples.position(of: "duration_max_ms")
    let histogram = TransferTable.samples.position(of: "histogram")
  }
  private static let transferred = Fields()

  /// Whether a row of `TransferTable.samples` has a histogram.
  static func hasHistogram(_ values: [TransferValue]) -> Bool {
    transferred.histogram.map { values[$0] != .null } ?? false
  }

  /// Returns the counts of a row of `TransferTable.samples`.
  static func counts(_ values: [TransferValue]) -> CallCounts {
    let field = transferred
    func number(_ position: Int?) -> Int64 { position.flatMap { values[$0].integer } ?? 0 }
    var counts = CallCounts()
    counts.successes = number(field.successes)
    counts.failures = number(field.failures)
    counts.rejected = number(field.rejected)
    counts.rejectedByCircuit = number(field.rejectedByCircuit)
    counts.rejectedByBulkhead = number(field.rejectedByBulkhead)
    counts.cancelled = number(field.cancelled)
    counts.callerErrors = number(field.callerErrors)
    counts.stale = number(field.stale)
    counts.durationSumMicroseconds = number(field.durationSum)
    counts.durationMaxMicroseconds = number(field.durationMax)
    if let text = field.histogram.flatMap({ values[$0].text }) {
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
