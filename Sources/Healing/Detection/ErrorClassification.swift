/// What was decided about an error, and by which rule.
public struct ErrorClassification: Sendable, Hashable, Codable {
  /// What kind of thing failed.
  public var category: ErrorCategory
  /// How bad it is.
  public var severity: ErrorSeverity
  /// Whether the same call, repeated without any change, would plausibly succeed.
  public var isTransient: Bool
  /// The rule that decided, so that a wrong verdict can be found by query.
  public var rule: String
  /// How long the other side asked to be left alone.
  public var retryAfter: Duration?
  /// Whether the error came from this side (open circuit, full bulkhead, cancellation) and not from the
  /// dependency.
  public var isLocalRejection: Bool

  /// A verdict from its parts. Without a severity it gets its category's usual one; what will pass by itself is
  /// `medium` at most.
  public init(
    category: ErrorCategory, severity: ErrorSeverity? = nil, isTransient: Bool? = nil, rule: String,
    retryAfter: Duration? = nil, isLocalRejection: Bool = false
  ) {
    self.category = category
    let isTransient = isTransient ?? category.isUsuallyTransient
    self.severity = severity ?? (isTransient ? min(category.usualSeverity, .medium) : category.usualSeverity)
    self.isTransient = isTransient
    self.rule = rule
    self.retryAfter = retryAfter
    self.isLocalRejection = isLocalRejection
  }

  /// Whether repeating the call is worth it: the error is transient, not critical, and not of a
  /// category that a repetition never helps (validation, authentication, configuration).
  public var shouldRetry: Bool {
    guard isTransient && severity != .critical else { return false }
    switch category {
    case .validation, .authentication, .configuration: return false
    default: return true
    }
  }

  /// Whether another source may answer: always, except when the request itself is wrong.
  public var shouldFallback: Bool { category != .validation }

  /// Whether the failure counts against the component's breaker and health: it is the dependency's own,
  /// not the caller's mistake and not this side's protection.
  public var shouldCircuitBreak: Bool { category != .validation && !isLocalRejection }

  /// How long to wait before a repetition when there is no schedule: the other side's word, else 5 s
  /// when throttled and 1 s otherwise; `nil` when a repetition is not worth it.
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
