import Synchronization

extension Component {
  /// Records a call that was made elsewhere, as if it had run through ``execute(_:fallbacks:request:_:)``: it
  /// counts for statistics, health and the breaker. While the circuit is open it counts for statistics and
  /// health only.
  /// - Parameters:
  ///   - outcome: how the call ended.
  ///   - duration: duration of the call.
  ///   - operation: name of a rejected call in the ledger.
  ///   - request: request and user of a rejected call; `nil`: ``RequestInfo/current``.
  public func report(
    _ outcome: CallOutcome, duration: Duration = .zero, operation: String = "reported",
    request: RequestInfo? = nil
  ) {
    if outcome == .rejected {
      reportRejected(operation, request ?? .current)
    } else {
      report(outcome, duration: duration, error: nil)
    }
  }

  private func reportRejected(_ operation: String, _ request: RequestInfo?) {
    readmitIfForgotten()
    let now = context.time.monotonicNanoseconds()
    state.withLock { $0.window.addRejection(.reported, at: now) }
    recordReportedRejection(operation, request: request, at: now)
  }

  /// Records a failed call that was made elsewhere, as ``report(_:duration:operation:request:)`` does, together with its error.
  /// Caller errors, cancellations and local rejections do not count against the component.
  /// - Parameters:
  ///   - error: the error to classify.
  ///   - operation: name of the failed call.
  ///   - request: request and user of the call; `nil`: ``RequestInfo/current``.
  ///   - duration: duration of the call.
  /// - Returns: the error as the ledger stores it, with its classification.
  @discardableResult
  public func report(
    _ error: any Error, operation: String, request: RequestInfo? = nil, duration: Duration = .zero
  ) -> ErrorContext {
    report(
      context.detector.detect(
        error, component: name, operation: operation, requestID: (request ?? .current)?.requestID,
        userID: (request ?? .current)?.userID, metadata: (request ?? .current)?.metadata ?? [:]),
      duration: duration)
  }

  /// Records a failed call whose error is known only as text.
  /// - Parameters:
  ///   - evidence: the known parts of the error, to be classified.
  ///   - operation: name of the failed call.
  ///   - request: request and user of the call; `nil`: ``RequestInfo/current``.
  ///   - duration: duration of the call.
  /// - Returns: the error as the ledger stores it, with its classification.
  @discardableResult
  public func report(
    _ evidence: ErrorEvidence, operation: String, request: RequestInfo? = nil, duration: Duration = .zero
  ) -> ErrorContext {
    report(
      context.detector.detect(
        evidence, component: name, operation: operation, requestID: (request ?? .current)?.requestID,
        userID: (request ?? .current)?.userID, metadata: (request ?? .current)?.metadata ?? [:]),
      duration: duration)
  }

  private func report(_ error: ErrorContext, duration: Duration) -> ErrorContext {
    readmitIfForgotten()
    // The error's row comes before the transition that refers to it.
    context.note(.error(error))
    context.keepReported(error)
    report(error.classification.callOutcome, duration: duration, error: error)
    return error
  }

  /// Whether this process has received the report of an error, or keeps it for the recoveries of it.
  package func hasReported(_ error: LedgerID) -> Bool { context.hasReported(error, of: name) }

  /// Keeps an error that an earlier run received, for the recoveries of it.
  /// - Parameter recoveries: those that were reported before.
  package func keepReported(_ error: ErrorContext, recoveries: [RecoveryRecord]) {
    context.keepReported(error, recoveries: recoveries)
  }

  /// Records a recovery that a client carried out. A reported failed or rejected call counts as lost. When a
  /// successful recovery of it is reported, it counts as saved, degraded or undone instead, once. A recovery of a caller
  /// error or of a cancelled call is recorded without an outcome, because the call did not count as lost. A successful
  /// retry has two attempts or more, whatever the record says.
  ///
  /// It corrects the counts of the minutes from that of its error to its own, by no more than they hold. Exception: an error that
  /// is not among the last 4,096 reported ones of this process and is older than an hour; the recovery then corrects its own minute.
  public func report(_ recovery: RecoveryRecord) {
    readmitIfForgotten()
    guard isProtected else { return context.note(.unprotectedCalls(1)) }
    var recovery = recovery
    recovery.component = name
    // The process itself records which executions its end has interrupted.
    if recovery.outcome == .interrupted { recovery.outcome = .cancelled }
    context.note(.recovery(recovery))
    guard let (minute, corrections) = context.takeCorrections(recovery), !corrections.isEmpty else { return }
    var sample = HealthSample(component: name, at: minute, counts: CallCounts())
    sample.executions.corrections = [corrections]
    context.ledger.record(.sample(sample))
  }

  private func report(_ outcome: CallOutcome, duration: Duration, error: ErrorContext?) {
    readmitIfForgotten()
    let nanoseconds = max(0, duration.nanoseconds)
    let now = context.time.monotonicNanoseconds()
    if outcome == .rejected {
      // Rejected by a component that the client called, or by the client's circuit.
      state.withLock { $0.window.addRejection(.reported, at: now) }
      let request = RequestInfo(requestID: error?.requestID, userID: error?.userID)
      return recordReportedRejection(error?.operation ?? "reported", request: request, at: now)
    }
    guard outcome == .success || outcome == .failure else {
      state.withLock { state in
        if error?.severity == .critical { state.window.addCriticalError(at: now) }
        state.window.addNeutral(outcome, at: now)
      }
      record(.unchanged, outcome, duration: nanoseconds, at: now)
      return
    }
    let wall = context.time.wallClock()
    let completion = settle { locked, entries in
      if outcome == .failure { state.carryOver(into: &locked.window, beforeFailureAt: now) }
      return locked.count(
        failed: outcome == .failure, duration: nanoseconds, error: error, wall: wall, at: now
      ) {
        entries += record($1, &$0)
      }
    }
    // Counted in the minute of its error's id, where a recovery of it is counted, too. An id has whole milliseconds. Ids
    // are ahead of a wall clock that was set back; the call then counts now.
    let age = error.map { wall - $0.id.time } ?? .zero
    let isRecent = age >= .zero && age < .seconds(1)
    record(
      completion, outcome, ended: outcome == .failure ? .lost : nil, duration: nanoseconds,
      at: error != nil && isRecent ? now - age.nanoseconds + 500_000 : now)
  }
}

extension Component {
  /// Returns the sliding window of this process: its own calls, and what the ledger restored at the start.
  public func windowSummary() -> HealthWindow.Summary {
    let now = context.time.monotonicNanoseconds()
    return state.windowSummary(at: now)
  }

  /// Resets the component's metrics: the ledger begins a new epoch, and the window is emptied. No row is
  /// deleted.
  public func resetMetrics() {
    readmitIfForgotten()
    let now = context.time.monotonicNanoseconds()
    state.clearWindow(at: now)
    context.note(.metricsReset(name, at: context.time.wallClock()))
  }
}
