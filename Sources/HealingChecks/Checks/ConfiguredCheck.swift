public import Healing
import Synchronization

/// A check with its own interval, thresholds and place in the queue, to be given to a `HealthMonitor`.
public final class ConfiguredCheck: Sendable {
  private let schedule: Lock<CheckSchedule>
  private let limiter: ConcurrencyLimiter
  private let time: any TimeSource
  private let timeout: Duration
  private let look: @Sendable () async throws -> HealthCheck.Finding

  /// - Parameters:
  ///   - timeout: of one look, 1 ms...1 h.
  ///   - interval: between two looks; `nil`: at every look of the monitor. It can only be longer than the monitor's.
  ///   - failureThreshold: bad looks in a row until the component is bad. Default 1.
  ///   - successThreshold: good looks in a row until it is good again. Default 1.
  ///   - limiter: shared by the checks that may not all run at once.
  ///   - time: the clocks; those of the engine.
  ///   - look: the check itself.
  public init(
    timeout: Duration, interval: Duration? = nil, failureThreshold: Int = 1, successThreshold: Int = 1,
    limiter: ConcurrencyLimiter, time: any TimeSource = SystemTimeSource(),
    look: @escaping @Sendable () async throws -> HealthCheck.Finding
  ) {
    schedule = Lock(
      CheckSchedule(
        options: .init(
          interval: interval, failureThreshold: failureThreshold, successThreshold: successThreshold)))
    self.timeout = timeout
    self.limiter = limiter
    self.time = time
    self.look = look
  }

  /// What a monitor is to be told: of a look, or of the last one while the next is not due.
  /// - Throws: `CancellationError` when the task is cancelled; that is no finding and does not count as a look.
  public func find() async throws -> HealthCheck.Finding {
    let now = time.monotonicNanoseconds()
    let last = schedule.withLock { $0.isDue(at: now) ? nil : $0.finding }
    if let last { return last }
    let found = try await limiter.run { [self] in try await finding() }
    return schedule.withLock { $0.take(found, at: now) }
  }

  /// Waiting at the gate does not count against the time.
  private func finding() async throws -> HealthCheck.Finding {
    let outcome = await Patience.wait(for: timeout, time: time, { [look] in try await look() })
    // Whatever the look found: it was cut off.
    try Task.checkCancellation()
    return switch outcome {
    case .value(let finding): finding
    case .failed(let error): .critical("check failed: \(Redactor.redact("\(error)", maximumLength: 500))")
    case .cancelled: throw CancellationError()
    case .timedOut: .critical("check took longer than \(timeout)")
    }
  }
}
