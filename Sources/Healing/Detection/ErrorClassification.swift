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
  /// Whether the caller gave up: neither success nor failure. A cancellation is a local rejection, too.
  public var isCancellation: Bool

  /// A verdict from its parts. Without a severity it gets its category's usual one; what will pass by itself is
  /// `medium` at most.
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

  /// The verdict on an error that says that the caller gave up.
  static func cancellation(rule: String) -> ErrorClassification {
    ErrorClassification(
      category: .unknown, severity: .low, isTransient: false, rule: rule, isCancellation: true)
  }

  private enum CodingKeys: String, CodingKey {
    case category, severity, isTransient, rule, retryAfter, isLocalRejection, isCancellation
  }

  /// Decodes a verdict; one that an earlier release encoded is no cancellation.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    category = try values.decode(ErrorCategory.self, forKey: .category)
    severity = try values.decode(ErrorSeverity.self, forKey: .severity)
    isTransient = try values.decode(Bool.self, forKey: .isTransient)
    rule = try values.decode(String.self, forKey: .rule)
    retryAfter = try values.decodeIfPresent(Duration.self, forKey: .retryAfter)
    isLocalRejection = try values.decode(Bool.self, forKey: .isLocalRejection)
    isCancellation = try values.decodeIfPresent(Bool.self, forKey: .isCancellation) ?? false
  }

  /// Whether repeating the call is worth it: the error is transient, not critical, and not of a
  /// category that a repetition never helps (validation, authentication, configuration).
  public var shouldRetry: Bool {
    guard isTransient && severity != .critical && !isCancellation else { return false }
    switch category {
    case .validation, .authentication, .configuration: return false
    default: return true
    }
  }

  /// Whether another source may answer: always, except when the request itself is wrong or the caller gave up.
  public var shouldFallback: Bool { category != .validation && !isCancellation }

  /// Whether the failure counts against the component's breaker and health: it is the dependency's own,
  /// not the caller's mistake and not this side's protection.
  public var shouldCircuitBreak: Bool { category != .validation && !isLocalRejection && !isCancellation }

  /// How an attempt that ended with the error is counted.
  var callOutcome: CallOutcome {
    if isCancellation { return .cancelled }
    if isLocalRejection { return .rejected }
    return shouldCircuitBreak ? .failure : .callerError
  }

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
