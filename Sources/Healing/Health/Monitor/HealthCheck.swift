/// A health check that you write: a ping, a query, a measurement.
///
/// ```swift
/// monitor.register("orders_db", check: try HealthCheck(timeout: .seconds(2)) {
///   let lag = try await database.replicationLag()
///   return lag < .seconds(10) ? .healthy("lag \(lag)") : .degraded("replica is \(lag) behind")
/// })
/// ```
///
/// A check that throws, or exceeds its time limit, makes the component critical.
public struct HealthCheck: Sendable {
  /// The result of a health check.
  public struct Finding: Sendable, Hashable {
    /// The status.
    public var status: HealthStatus
    /// A one-line message for operators.
    public var message: String
    /// The issues, one entry each.
    public var issues: [String]
    /// Response time of the component as the check measured it; `nil`: the duration of the check. Reported as
    /// ``ComponentHealth/responseTime`` while the component has no calls. Negative durations count as zero.
    public var responseTime: Duration?
    /// Error rate that the check measured, 0...1; `nil` without a measurement. Judged by the component's
    /// ``HealthOptions``: the worse of that status and ``status`` applies. Reported as
    /// ``ComponentHealth/errorRate`` while the component has no calls. Numbers outside the range are clamped,
    /// and NaN counts as `nil`.
    public var errorRate: Double?

    /// Creates a finding.
    /// - Parameters:
    ///   - status: the status.
    ///   - message: a one-line message for operators.
    ///   - issues: the issues, one entry each.
    ///   - responseTime: ``responseTime``.
    ///   - errorRate: ``errorRate``.
    public init(
      _ status: HealthStatus, _ message: String = "", issues: [String] = [], responseTime: Duration? = nil,
      errorRate: Double? = nil
    ) {
      self.status = status
      self.message = message
      self.issues = issues
      self.responseTime = responseTime
      self.errorRate = errorRate
    }

    /// A redacted copy with the measurements clamped to their ranges.
    var sanitized: Finding {
      Finding(
        status, Redactor.redact(message), issues: issues.map { Redactor.redact($0) },
        responseTime: responseTime.map { max($0, .zero) },
        errorRate: errorRate.flatMap { $0.isNaN ? nil : min(max($0, 0), 1) })
    }

    /// The component works.
    public static func healthy(_ message: String = "") -> Finding { Finding(.healthy, message) }
    /// The component works, but not well.
    public static func degraded(_ message: String) -> Finding {
      Finding(.degraded, message, issues: [message])
    }
    /// The component often fails.
    public static func unhealthy(_ message: String) -> Finding {
      Finding(.unhealthy, message, issues: [message])
    }
    /// The component does not work.
    public static func critical(_ message: String) -> Finding {
      Finding(.critical, message, issues: [message])
    }
  }

  /// Time limit of the check.
  public let timeout: Duration
  let look: @Sendable () async throws -> Finding

  /// Creates a check.
  /// - Parameters:
  ///   - timeout: time limit, 1 ms...1 h. Default 5 s. The check's task is then cancelled. A check that ignores
  ///     cancellation is abandoned, and is not run again before it has ended.
  ///   - look: the check.
  /// - Throws: ``InvalidOption``.
  public init(timeout: Duration = .seconds(5), _ look: @escaping @Sendable () async throws -> Finding)
    throws(InvalidOption)
  {
    try InvalidOption.check("HealthCheck.timeout", timeout, in: .milliseconds(1)...(.seconds(3600)))
    self.timeout = timeout
    self.look = look
  }

  /// Runs the check, converts errors and the time limit into findings, and redacts the texts.
  /// - Parameter whenEnded: called when the check has ended, which can be after this method has returned.
  /// - Returns: `nil` when the caller was cancelled.
  func run(time: any TimeSource, whenEnded: @escaping @Sendable () -> Void) async -> Finding? {
    let outcome = await Patience.wait(for: timeout, time: time) { [look] in
      defer { whenEnded() }
      return try await look()
    }
    // Whatever the check returned: the cancellation may have caused it.
    if Task.isCancelled { return nil }
    switch outcome {
    case .value(let finding): return finding.sanitized
    case .failed(let error):
      return Finding.critical("check failed: \(KnownErrorTypes.message(of: error))").sanitized
    case .timedOut: return .critical("check took longer than \(timeout)")
    case .cancelled: return nil
    }
  }
}
