/// One attempt of an execution, as a ``CallObserver`` receives it.
public struct ObservedCall: Sendable {
  /// The component.
  public let component: ComponentName
  /// Name of the call in the ledger.
  public let operation: String
  /// Number of the attempt in its execution, from 1.
  public let attempt: Int
  /// How the attempt ended; `nil` when a judge ignored the result.
  public let outcome: CallOutcome?
  /// Duration of the attempt; zero for a rejected one.
  public let duration: Duration
  /// Request and user of the call.
  public let request: RequestInfo?
}

/// Receives every attempt of an engine's components, for metrics and spans. Without an observer, calls cost
/// nothing more.
///
/// `docs/adopting.md` shows observers for swift-metrics and swift-distributed-tracing.
///
/// Calls that ``Component/report(_:duration:operation:request:)`` records are not observed: they were made
/// elsewhere.
public protocol CallObserver: Sendable {
  /// Called when an attempt has ended or was rejected, in the caller's task and without a lock. The call waits for
  /// it to return.
  func observe(_ call: ObservedCall)
}

extension Component {
  /// Passes an attempt to the engine's observer.
  func observe(
    _ operation: String, attempt: Int, _ outcome: CallOutcome?, since start: Int64?, _ request: RequestInfo?
  ) {
    guard let observer = context.observer else { return }
    let duration = start.map { context.time.monotonicNanoseconds() - $0 } ?? 0
    observer.observe(
      ObservedCall(
        component: name, operation: operation, attempt: attempt, outcome: outcome,
        duration: .nanoseconds(max(0, duration)), request: request))
  }
}
