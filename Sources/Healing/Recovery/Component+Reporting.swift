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
  /// A wrong request, a cancellation and a rejection by this side do not count against the component.
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
    readmitIfForgotten()
    // The error's row comes before the transition that refers to it.
    context.note(.error(error))
    report(error.classification.callOutcome, duration: duration, error: error)
    return error
  }

  /// Writes down a recovery that somebody else carried out.
  public func report(_ recovery: RecoveryRecord) {
    readmitIfForgotten()
    context.note(isProtected ? .recovery(recovery) : .unprotectedCalls(1))
  }

  private func report(_ outcome: CallOutcome, duration: Duration, error: ErrorContext?) {
    readmitIfForgotten()
    let nanoseconds = max(0, duration.nanoseconds)
    let now = context.time.monotonicNanoseconds()
    guard outcome == .success || outcome == .failure else {
      if error?.severity == .critical { state.withLock { $0.window.addCriticalError(at: now) } }
      record(.unchanged, outcome, duration: nanoseconds, at: now)
      return
    }
    let wall = context.time.wallClock()
    let completion = settle { state, entries in
      state.count(failed: outcome == .failure, duration: nanoseconds, error: error, wall: wall, at: now) {
        entries += record($1, &$0)
      }
    }
    record(completion, outcome, duration: nanoseconds, at: now)
  }
}
