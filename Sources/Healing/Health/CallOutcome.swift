/// How one attempt came out, as a health sample counts it.
public enum CallOutcome: UInt8, Sendable, CaseIterable {
  /// The dependency answered.
  case success
  /// The dependency failed.
  case failure
  /// The call was not made: open circuit, full bulkhead.
  case rejected
  /// The caller gave up. Neither success nor failure.
  case cancelled
  /// The request itself was wrong. Says nothing about the dependency.
  case callerError
  /// The result came after the breaker had moved on; it changed nothing.
  case stale
}
