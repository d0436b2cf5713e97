public import Healing
import Synchronization

/// A check with an interval, thresholds and a concurrency limit, for registration with a `HealthMonitor`.
public final class ConfiguredCheck: Sendable {
  private let schedule: Lock<CheckSchedule>
  private let limiter: ConcurrencyLimiter
  private let time: any TimeSource
  private let timeout: Duration
  private let body: @Sendable () async throws -> HealthCheck.Result

  /// - Parameters:
  ///   - timeout: time limit of one run, 1 ms...1 h.
  ///   - interval: time between two runs; `nil`: every round of the monitor. Only an interval longer than the
  ///     monitor's has an effect.
  ///   - failureThreshold: bad runs in a row until the component is bad. Default 1.
  ///   - successThreshold: good runs in a row until it is good again. Default 1.
  ///   - limiter: limits how many of the checks that share it run concurrently.
  ///   - time: clocks; those of the engine.
  ///   - check: runs the check once.
  public init(
    timeout: Duration, interval: Duration? = nil, failureThreshold: Int = 1, successThreshold: Int = 1,
    limiter: ConcurrencyLimiter, time: any TimeSource = SystemTimeSource(),
    check: @escaping @Sendable () async throws -> HealthCheck.Result
  ) {
    schedule = Lock(
      CheckSchedule(
        options: .init(
          interval: interval, failureThreshold: failureThreshold, successThreshold: successThreshold)))
    self.timeout = timeout
    self.limiter = limiter
    self.time = time
    self.body = check
  }

  /// Returns the result for a monitor: that of a new run, or the last one while the next run is not due.
  /// - Throws: `CancellationError` when the task is cancelled. A cancelled run yields no result and does not
  ///   count.
  public func check() async throws -> HealthCheck.Result {
    let now = time.monotonicNanoseconds()
    let last = schedule.withLock { $0.isDue(at: now) ? nil : $0.reported }
    if let last { return last }
    let found = try await limiter.run { [self] in try await runOnce() }
    return schedule.withLock { $0.record(found, at: now) }
  }

  /// Runs the check once under its time limit. The wait for the limiter does not count against the limit.
  private func runOnce() async throws -> HealthCheck.Result {
    let outcome = await withTimeout(for: timeout, time: time, { [body] in try await body() })
    // A cancelled run yields no result, whatever `body` returned.
    try Task.checkCancellation()
    return switch outcome {
    case .value(let result): result
    case .failed(let error): .critical("check failed: \(Redactor.redact("\(error)", maximumLength: 500))")
    case .cancelled: throw CancellationError()
    case .timedOut: .critical("check took longer than \(timeout)")
    }
  }
}
