/// Outcomes and durations of one attempt, or of several merged ones, of a component: one row of the ledger.
public struct HealthSample: Sendable, Hashable {
  /// The called component.
  public var component: ComponentName
  /// When the last of the attempts ended.
  public var at: Timestamp
  /// The counts of attempts.
  public var counts: CallCounts
  /// The outcomes of the attempts' executions.
  public var executions = ExecutionCounts()
  /// The rejected calls in ``counts`` by operation and reason, as far as known.
  package var rejections: [RejectedOperation: Int64] = [:]

  /// Creates a sample.
  public init(component: ComponentName, at: Timestamp, counts: CallCounts) {
    self.component = component
    self.at = at
    self.counts = counts
  }

  /// Creates a sample of one attempt.
  public init(component: ComponentName, at: Timestamp, outcome: CallOutcome, duration: Duration) {
    self.component = component
    self.at = at
    self.counts = CallCounts()
    counts.add(outcome, microseconds: duration.microseconds)
  }

  /// Creates the row of one call sample.
  init(_ sample: CallSample, at: Timestamp) {
    self.init(component: sample.component, at: at, counts: CallCounts())
    if let outcome = sample.outcome {
      counts.add(
        outcome, microseconds: sample.durationNanoseconds / 1_000, isStale: sample.isStale,
        rejection: sample.rejection)
    }
    executions.add(sample)
    guard sample.outcome == .rejected, let reason = sample.rejection else { return }
    let operation = ComponentSlots.shared.operation(sample.operation, of: sample.slot)
    rejections[RejectedOperation(operation: operation ?? RejectedOperation.merged, reason: reason)] = 1
  }
}

extension HealthSample: Encodable {
  private enum CodingKeys: String, CodingKey {
    case timestamp, component, successes, failures, rejected, cancelled, stale, histogram
    case callerErrors = "caller_errors"
    case durationSumMs = "duration_sum_ms"
    case durationMaxMs = "duration_max_ms"
    case rejectedCircuit = "rejected_circuit"
    case rejectedBulkhead = "rejected_bulkhead"
  }

  /// Encodes the columns of `v_samples` that a sample has, the time as `timestamp`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(at, forKey: .timestamp)
    try container.encode(component, forKey: .component)
    try container.encode(counts.successes, forKey: .successes)
    try container.encode(counts.failures, forKey: .failures)
    try container.encode(counts.rejected, forKey: .rejected)
    try container.encode(counts.cancelled, forKey: .cancelled)
    try container.encode(counts.callerErrors, forKey: .callerErrors)
    try container.encode(counts.stale, forKey: .stale)
    try container.encode(Double(counts.durationSumMicroseconds) / 1_000, forKey: .durationSumMs)
    try container.encode(Double(counts.durationMaxMicroseconds) / 1_000, forKey: .durationMaxMs)
    try container.encode(counts.histogram.counts, forKey: .histogram)
    try container.encode(counts.rejectedByCircuit, forKey: .rejectedCircuit)
    try container.encode(counts.rejectedByBulkhead, forKey: .rejectedBulkhead)
  }
}

/// The key by which rejected calls are counted.
package struct RejectedOperation: Sendable, Hashable {
  /// The operation's name, without secrets.
  package let operation: String
  package let reason: RejectionReason

  /// The operation of further rejected calls of a component that has too many different operations.
  package static let merged = "merged"

  package init(operation: String, reason: RejectionReason) {
    self.operation = operation
    self.reason = reason
  }
}
