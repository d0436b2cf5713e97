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

    /// A finding from its parts.
    public init(_ status: HealthStatus, _ message: String = "", issues: [String] = []) {
      self.status = status
      self.message = message
      self.issues = issues
    }

    /// The same without secrets: what a check says may come from anywhere.
    var redacted: Finding {
      Finding(status, Redactor.redact(message), issues: issues.map { Redactor.redact($0) })
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
    case .value(let finding): return finding.redacted
    case .failed(let error):
      return Finding.critical("check failed: \(KnownErrorTypes.message(of: error))").redacted
    case .timedOut: return .critical("check took longer than \(timeout)")
    case .cancelled: return nil
    }
  }
}
