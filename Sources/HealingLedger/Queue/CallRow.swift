package import Healing

/// A row of calls: one call, or calls of one component in one second.
package struct CallRow: Sendable {
  package let component: ComponentName
  /// End of the last call, in microseconds UTC.
  package private(set) var at: Int64
  /// End of the last call, on the monotonic clock.
  package private(set) var endedAt: Int64
  package private(set) var counts = CallCounts()
  package private(set) var executions = ExecutionCounts()
  package private(set) var rejections: [RejectedOperation: Int64] = [:]

  /// Creates the row of one call.
  /// - Parameters:
  ///   - at: end of the call, in microseconds UTC.
  ///   - operation: operation of a rejected call.
  package init(_ component: ComponentName, _ call: CallSample, at: Int64, operation: String?) {
    self.component = component
    self.at = at
    endedAt = call.endedAt
    add(call, at: at, operation: operation)
  }

  /// Adds a later call.
  package mutating func add(_ call: CallSample, at: Int64, operation: String?) {
    if call.endedAt >= endedAt { (self.at, endedAt) = (at, call.endedAt) }
    if let outcome = call.outcome {
      counts.add(
        outcome, microseconds: call.durationNanoseconds / 1000, isStale: call.isStale,
        rejection: call.rejection)
    }
    if call.isPlain { return }
    executions.add(call)
    guard call.outcome == .rejected, let reason = call.rejection else { return }
    let rejected = RejectedOperation(operation: operation ?? RejectedOperation.merged, reason: reason)
    rejections[rejected, default: 0].addClamped(1)
  }

  /// Adds the calls of a later row of the same second.
  package mutating func add(_ later: CallRow) {
    if later.endedAt >= endedAt { (at, endedAt) = (later.at, later.endedAt) }
    counts.add(later.counts)
    executions.add(later.executions)
    rejections.merge(later.rejections) { $0.addingClamped($1) }
  }
}
