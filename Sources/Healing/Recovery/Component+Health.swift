import Synchronization

extension Component {
  /// Counts an attempt that was not made through ``execute(_:fallbacks:request:_:)``. It counts for health and
  /// statistics; the breaker judges only calls that it let through.
  /// - Parameters:
  ///   - outcome: how it came out; with an `error` that is the caller's own mistake it is counted as such.
  ///   - duration: how long the attempt took.
  ///   - error: is classified and written down.
  ///   - operation: what the call is named in the ledger.
  public func record(
    _ outcome: CallOutcome, duration: Duration, error: (any Error)? = nil, operation: String = "reported"
  ) {
    let now = context.time.monotonicNanoseconds()
    let nanoseconds = max(0, duration.nanoseconds)
    let detected = error.map { context.detector.detect($0, component: name, operation: operation) }
    if let detected { context.note(.error(detected)) }
    let isCallers = outcome == .failure && detected?.classification.shouldCircuitBreak == false
    let outcome = isCallers ? CallOutcome.callerError : outcome
    state.withLock { state in
      if outcome == .success || outcome == .failure {
        state.window.add(failed: outcome == .failure, duration: nanoseconds, at: now)
      }
      if detected?.severity == .critical { state.window.addCriticalError(at: now) }
    }
    context.ledger.record(CallSample(component: name, outcome: outcome, duration: nanoseconds, endedAt: now))
  }

  /// The sliding window as this process sees it: its own calls, and what the ledger remembered at the start.
  public func windowSummary() -> HealthWindow.Summary {
    let now = context.time.monotonicNanoseconds()
    return state.windowSummary(at: now)
  }

  /// Begins the component's metrics anew: a new epoch in the ledger, an empty window. No row is deleted.
  public func resetMetrics() {
    let now = context.time.monotonicNanoseconds()
    state.clearWindow(at: now)
    context.note(.metricsReset(name, at: context.time.wallClock()))
  }
}
