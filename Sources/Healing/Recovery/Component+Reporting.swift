import Synchronization

extension Component {
  /// Takes note of a call that somebody else made and tells of afterwards, as if it had gone through
  /// ``execute(_:fallbacks:request:_:)``: it counts for statistics, health and the breaker. While the circuit is open
  /// it counts for statistics and health only.
  /// - Parameters:
  ///   - outcome: how it came out.
  ///   - duration: how long the call took.
  public func report(_ outcome: CallOutcome, duration: Duration = .zero) {
    report(outcome, duration: duration, error: nil)
  }

  /// Takes note of a failed call that somebody else made, as ``report(_:duration:)`` does, and writes its error down.
  /// A wrong request does not count against the component.
  /// - Parameters:
  ///   - error: is classified.
  ///   - operation: the call that failed.
  ///   - request: who asked for it.
  ///   - duration: how long the call took.
  /// - Returns: the error as the ledger stores it, with the verdict on it.
  @discardableResult
  public func report(
    _ error: any Error, operation: String, request: RequestInfo? = nil, duration: Duration = .zero
  ) -> ErrorContext {
    report(
      context.detector.detect(
        error, component: name, operation: operation, requestID: request?.requestID,
        userID: request?.userID, metadata: request?.metadata ?? [:]), duration: duration)
  }

  /// The same for an error that is known as text only.
  /// - Parameters:
  ///   - evidence: the error as far as it is known; it is classified.
  ///   - operation: the call that failed.
  ///   - request: who asked for it.
  ///   - duration: how long the call took.
  /// - Returns: the error as the ledger stores it, with the verdict on it.
  @discardableResult
  public func report(
    _ evidence: ErrorEvidence, operation: String, request: RequestInfo? = nil, duration: Duration = .zero
  ) -> ErrorContext {
    report(
      context.detector.detect(
        evidence, component: name, operation: operation, requestID: request?.requestID,
        userID: request?.userID, metadata: request?.metadata ?? [:]), duration: duration)
  }

  private func report(_ error: ErrorContext, duration: Duration) -> ErrorContext {
    // The error's row comes before the transition that refers to it.
    context.note(.error(error))
    report(
      error.classification.shouldCircuitBreak ? .failure : .callerError, duration: duration, error: error)
    return error
  }

  /// Writes down a recovery that somebody else carried out.
  public func report(_ recovery: RecoveryRecord) { context.note(.recovery(recovery)) }

  private func report(_ outcome: CallOutcome, duration: Duration, error: ErrorContext?) {
    let nanoseconds = max(0, duration.nanoseconds)
    let isVerdict = outcome == .success || outcome == .failure
    let start = isVerdict ? begin() : nil
    let now = context.time.monotonicNanoseconds()
    guard let start, start.isAdmitted else {
      state.withLock { state in
        if isVerdict { state.window.add(failed: outcome == .failure, duration: nanoseconds, at: now) }
        if error?.severity == .critical { state.window.addCriticalError(at: now) }
      }
      context.ledger.record(
        CallSample(component: name, outcome: outcome, duration: nanoseconds, endedAt: now))
      return
    }
    let wall = context.time.wallClock()
    let verdict = outcome == .failure ? CircuitBreaker.Verdict.failure : .success
    let completion = state.withLock { state in
      if let error {
        return state.fail(start.permit, verdict, duration: nanoseconds, error: error, at: now)
      }
      if outcome == .failure { state.lastFailureAt = wall }
      return state.complete(start.permit, verdict, duration: nanoseconds, at: now)
    }
    record(completion, outcome, duration: nanoseconds, at: now)
  }
}
