/// The verdict on an error, and the rule that decided it.
public struct ErrorClassification: Sendable, Hashable {
  /// The kind of failure.
  public var category: ErrorCategory
  /// The severity.
  public var severity: ErrorSeverity
  /// Whether the same call, repeated unchanged, would plausibly succeed.
  public var isTransient: Bool
  /// The rule that decided, so that a query can find wrong verdicts.
  public var rule: String
  /// The wait that the dependency asked for.
  public var retryAfter: Duration?
  /// Whether the error came from the calling process (open circuit, full bulkhead, cancellation) and not from the
  /// dependency.
  public var isLocalRejection: Bool
  /// Whether the caller cancelled: neither success nor failure. Every cancellation is also a local rejection.
  public var isCancellation: Bool

  /// Makes a verdict. The default severity and transience are the category's; a transient error is `medium` at most
  /// by default.
  public init(
    category: ErrorCategory, severity: ErrorSeverity? = nil, isTransient: Bool? = nil, rule: String,
    retryAfter: Duration? = nil, isLocalRejection: Bool = false, isCancellation: Bool = false
  ) {
    self.category = category
    let isTransient = isTransient ?? category.isUsuallyTransient
    self.severity = severity ?? (isTransient ? min(category.usualSeverity, .medium) : category.usualSeverity)
    self.isTransient = isTransient
    self.rule = rule
    self.retryAfter = retryAfter
    self.isLocalRejection = isLocalRejection || isCancellation
    self.isCancellation = isCancellation
  }

  /// Returns the verdict on an error that reports a cancellation by the caller.
  static func cancellation(rule: String) -> ErrorClassification {
    ErrorClassification(
      category: .unknown, severity: .low, isTransient: false, rule: rule, isCancellation: true)
  }

  /// Whether to retry: the error is transient, not critical, not a cancellation, and not of a category that a retry
  /// never fixes (validation, authentication, configuration).
  public var shouldRetry: Bool {
    guard isTransient && severity != .critical && !isCancellation else { return false }
    switch category {
    case .validation, .authentication, .configuration: return false
    default: return true
    }
  }

  /// Whether to use a fallback: always, except when the request itself is wrong or the caller cancelled.
  public var shouldFallback: Bool { category != .validation && !isCancellation }

  /// Whether the failure counts against the component's breaker and health. Mistakes of the caller (validation),
  /// local rejections and cancellations do not count.
  public var shouldCircuitBreak: Bool { category != .validation && !isLocalRejection && !isCancellation }

  /// The outcome as which an attempt that ended with the error is counted.
  package var callOutcome: CallOutcome {
    if isCancellation { return .cancelled }
    if isLocalRejection { return .rejected }
    return shouldCircuitBreak ? .failure : .callerError
  }

  /// Wait before a retry without a schedule: the wait that the dependency asked for, else 5 s when throttled, else
  /// 1 s; `nil` when the error is not retried.
  public var retryDelay: Duration? {
    guard shouldRetry else { return nil }
    return retryAfter ?? (category == .rateLimit ? .seconds(5) : .seconds(1))
  }
}

extension ErrorCategory {
  var usualSeverity: ErrorSeverity {
    switch self {
    case .validation, .rateLimit: .low
    case .network, .api, .timeout, .unknown: .medium
    case .authentication, .resource, .database, .configuration: .high
    }
  }

  var isUsuallyTransient: Bool {
    switch self {
    case .network, .timeout, .rateLimit: true
    case .api, .authentication, .resource, .database, .validation, .configuration, .unknown: false
    }
  }
}
