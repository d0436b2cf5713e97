/// A look at a component that the user writes: a ping, a query, a measurement.
///
/// ```swift
/// monitor.register("orders_db", check: try HealthCheck(timeout: .seconds(2)) {
///   let lag = try await database.replicationLag()
///   return lag < .seconds(10) ? .healthy("lag \(lag)") : .degraded("replica is \(lag) behind")
/// })
/// ```
///
/// A check that throws, or is not done in time, finds the component critical.
public struct HealthCheck: Sendable {
  /// What a look at a component found.
  public struct Finding: Sendable, Hashable {
    /// The verdict.
    public var status: HealthStatus
    /// One line for people.
    public var message: String
    /// What is wrong, one item each.
    public var issues: [String]
    /// How long the component took to respond, as the check measured it; `nil`: the duration of the check. Reported as
    /// ``ComponentHealth/responseTime`` while the component has no calls. Negative durations count as zero.
    public var responseTime: Duration?
    /// Share of failures that the check measured, 0...1; `nil`: none. Judged by the component's ``HealthOptions``: the worse
    /// of that and ``status`` applies. Reported as ``ComponentHealth/errorRate`` while the component has no calls. Numbers
    /// outside the range are clamped, and one that is not a number counts as `nil`.
    public var errorRate: Double?

    /// - Parameters:
    ///   - status: the verdict.
    ///   - message: one line for people.
    ///   - issues: what is wrong, one item each.
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

    /// The same without secrets, which the text of a check may have, and with measurements in their range.
    var sanitized: Finding {
      Finding(
        status, Redactor.redact(message), issues: issues.map { Redactor.redact($0) },
        responseTime: responseTime.map { max($0, .zero) },
        errorRate: errorRate.flatMap { $0.isNaN ? nil : min(max($0, 0), 1) })
    }

    /// Nothing is wrong.
    public static func healthy(_ message: String = "") -> Finding { Finding(.healthy, message) }
    /// It works, but not well.
    public static func degraded(_ message: String) -> Finding {
      Finding(.degraded, message, issues: [message])
    }
    /// It often does not work.
    public static func unhealthy(_ message: String) -> Finding {
      Finding(.unhealthy, message, issues: [message])
    }
    /// It does not work.
    public static func critical(_ message: String) -> Finding {
      Finding(.critical, message, issues: [message])
    }
  }

  /// How long a look may take.
  public let timeout: Duration
  let look: @Sendable () async throws -> Finding

  /// - Parameters:
  ///   - timeout: 1 ms...1 h. Default 5 s. The check's task is cancelled then; one that does not heed it is left
  ///     to itself, and is not run again before it has ended.
  ///   - look: the check.
  /// - Throws: ``InvalidOption``.
  public init(timeout: Duration = .seconds(5), _ look: @escaping @Sendable () async throws -> Finding)
    throws(InvalidOption)
  {
    try InvalidOption.check("HealthCheck.timeout", timeout, in: .milliseconds(1)...(.seconds(3600)))
    self.timeout = timeout
    self.look = look
  }

  /// Looks, and turns what goes wrong into a finding. Secrets are removed.
  /// - Parameter whenEnded: called when the look has ended, which may be after this has returned.
  /// - Returns: `nil` when the caller was cancelled.
  func run(time: any TimeSource, whenEnded: @escaping @Sendable () -> Void) async -> Finding? {
    let outcome = await Patience.wait(for: timeout, time: time) { [look] in
      defer { whenEnded() }
      return try await look()
    }
    // Whatever the check found: it may be what the cancellation has brought about.
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
