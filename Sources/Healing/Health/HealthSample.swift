/// Outcomes and durations of one attempt, or of several merged ones, of a component: one row of the ledger.
public struct HealthSample: Sendable, Hashable {
  /// The component called.
  public var component: ComponentName
  /// When the last attempt it stands for ended.
  public var at: Timestamp
  /// The counts.
  public var counts: CallCounts
  /// How the executions ended that the attempts belong to.
  public var executions = ExecutionCounts()
  /// The rejected calls among ``counts`` by operation and reason, as far as they are known.
  package var rejections: [RejectedOperation: Int64] = [:]

  /// A sample from its parts.
  public init(component: ComponentName, at: Timestamp, counts: CallCounts) {
    self.component = component
    self.at = at
    self.counts = counts
  }

  /// A sample of one attempt.
  public init(component: ComponentName, at: Timestamp, outcome: CallOutcome, duration: Duration) {
    self.component = component
    self.at = at
    self.counts = CallCounts()
    counts.add(outcome, microseconds: duration.microseconds)
  }

  /// What one sample says.
  init(_ sample: CallSample, at: Timestamp) {
    self.init(component: sample.component, at: at, counts: CallCounts())
    if let outcome = sample.outcome {
      counts.add(
        outcome, microseconds: sample.duration / 1_000, isStale: sample.isStale, rejection: sample.rejection)
    }
    executions.add(sample)
    guard sample.outcome == .rejected, let reason = sample.rejection else { return }
    let operation = ComponentSlots.shared.operation(sample.operation, of: sample.slot)
    rejections[RejectedOperation(operation: operation ?? RejectedOperation.merged, reason: reason)] = 1
  }
}

/// What rejected calls are counted by.
package struct RejectedOperation: Sendable, Hashable {
  /// Without secrets.
  package let operation: String
  package let reason: RejectionReason

  /// The operation of those calls whose component has too many different ones.
  package static let merged = "merged"

  package init(operation: String, reason: RejectionReason) {
    self.operation = operation
    self.reason = reason
  }
}
