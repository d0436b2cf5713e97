/// How an attempt ended, as a health sample counts it.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum CallOutcome: UInt8, Sendable, CaseIterable {
  /// The dependency answered.
  case success
  /// The dependency failed.
  case failure
  /// The call was not made; see ``RejectionReason``.
  case rejected
  /// The caller cancelled the attempt. Neither success nor failure.
  case cancelled
  /// The request was wrong. Neither success nor failure of the dependency.
  case callerError
}

/// Why a call was not made.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum RejectionReason: String, Sendable, Codable, CaseIterable {
  /// The component's circuit is open.
  case circuit
  /// The component's bulkhead is full.
  case bulkhead
  /// A component that the operation calls rejected the call.
  case inner
  /// The client that reported the call rejected it.
  case reported
}

/// How an execution ended that did not succeed at its first attempt. Each such execution has exactly one
/// outcome.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum ExecutionOutcome: String, Sendable, Codable, CaseIterable {
  /// A retry or a strategy succeeded.
  case saved
  /// A fallback returned the value.
  case degraded
  /// The execution failed, and its changes were rolled back.
  case undone
  /// The execution failed.
  case lost
  /// The caller or the process ended before the recovery did.
  case interrupted
}
