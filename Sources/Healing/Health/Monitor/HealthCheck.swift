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
  public struct Result: Sendable, Hashable {
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

    /// Creates a result.
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
    var sanitized: Result {
      Result(
        status, Redactor.redact(message), issues: issues.map { Redactor.redact($0) },
        responseTime: responseTime.map { max($0, .zero) },
        errorRate: errorRate.flatMap { $0.isNaN ? nil : min(max($0, 0), 1) })
    }

    /// The component works.
    public static func healthy(_ message: String = "") -> Result { Result(.healthy, message) }
    /// The component works, but not well.
    public static func degraded(_ message: String) -> Result {
      Result(.degraded, message, issues: [message])
    }
    /// The component often fails.
    public static func unhealthy(_ message: String) -> Result {
      Result(.unhealthy, message, issues: [message])
    }
    /// The component does not work.
    public static func critical(_ message: String) -> Result {
      Result(.critical, message, issues: [message])
    }
  }

  /// Time limit of the check.
  public let timeout: Duration
  let body: @Sendable () async throws -> Result

  /// Creates a check.
  /// - Parameters:
  ///   - timeout: time limit, 1 ms...1 h. Default 5 s. The check's task is then cancelled. A check that ignores
  ///     cancellation is abandoned, and is not run again before it has ended.
  ///   - check: the check.
  /// - Throws: ``InvalidOptionError``.
  public init(timeout: Duration = .seconds(5), _ check: @escaping @Sendable () async throws -> Result)
    throws(InvalidOptionError)
  {
    var checks = OptionChecks()
    checks.check("HealthCheck.timeout", timeout, from: .milliseconds(1), to: .seconds(3600))
    try checks.finish()
    self.timeout = timeout
    self.body = check
  }

  /// Runs the check, converts errors and the time limit into results, and redacts the texts.
  /// - Parameter whenEnded: called when the check has ended, which can be after this method has returned.
  /// - Returns: `nil` when the caller was cancelled.
  func run(time: any TimeSource, whenEnded: @escaping @Sendable () -> Void) async -> Result? {
    let outcome = await withTimeout(for: timeout, time: time) { [body] in
      defer { whenEnded() }
      return try await body()
    }
    // Whatever the check returned: the cancellation may have caused it.
    if Task.isCancelled { return nil }
    switch outcome {
    case .value(let result): return result.sanitized
    case .failed(let error):
      return Result.critical("check failed: \(KnownErrorTypes.message(of: error))").sanitized
    case .timedOut: return .critical("check took longer than \(timeout)")
    case .cancelled: return nil
    }
  }
}

extension HealthCheck.Result: Encodable {
  private enum CodingKeys: String, CodingKey {
    case status, message, issues
    case responseTimeMs = "response_time_ms"
    case errorRate = "error_rate"
  }

  /// Encodes `status`, `message`, `issues`, `response_time_ms` and `error_rate`. Redacts the texts, and clamps the
  /// measurements to their ranges.
  public func encode(to encoder: any Encoder) throws {
    let result = sanitized
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(result.status, forKey: .status)
    try container.encode(result.message, forKey: .message)
    try container.encode(result.issues, forKey: .issues)
    try container.encode(result.responseTime?.milliseconds, forKey: .responseTimeMs)
    try container.encode(result.errorRate, forKey: .errorRate)
  }
}
