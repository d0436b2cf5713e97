/// How one attempt ended, as a health sample counts it.
public enum CallOutcome: UInt8, Sendable, CaseIterable {
  /// The dependency answered.
  case success
  /// The dependency failed.
  case failure
  /// The call was not made. ``RejectionReason`` says why.
  case rejected
  /// The caller cancelled it. Neither success nor failure.
  case cancelled
  /// The request itself was wrong. Says nothing about the dependency.
  case callerError
}

/// Why a call was not made.
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

/// How an execution ended that did not succeed at its first attempt: exactly one of these.
public enum ExecutionOutcome: String, Sendable, Codable, CaseIterable {
  /// A retry or a strategy succeeded.
  case saved
  /// A fallback answered.
  case degraded
  /// It failed, and what it had done was rolled back.
  case undone
  /// Nothing answered.
  case lost
  /// The caller or the process ended before the recovery did.
  case interrupted
}
