extension ComponentPolicy {
  /// A policy's options as the ledger stores them. Durations are in milliseconds. Strategies are listed by
  /// name. Fallbacks and judges are code, so only their presence is stored.
  public struct Document: Sendable, Hashable, Codable {
    var retry: RetryOptions?
    var breaker: CircuitBreakerOptions?
    var maxConcurrentCalls: Int?
    var retryBudget: RetryBudgetOptions?
    var timeouts: TimeoutOptions
    var rollbackMaxAttempts: Int
    var rollbackTimeoutMs: Double
    var strategies: [String]
    var fallback: Bool
    var judge: Bool
    var tripsOnInnerFailures: Bool
    var health: HealthOptions

    enum CodingKeys: String, CodingKey {
      case retry, breaker
      case maxConcurrentCalls = "max_concurrent_calls"
      case retryBudget = "retry_budget"
      case timeouts
      case rollbackMaxAttempts = "rollback_max_attempts"
      case rollbackTimeoutMs = "rollback_timeout_ms"
      case strategies, fallback, judge
      case tripsOnInnerFailures = "trips_on_inner_failures"
      case health
    }

    /// Creates the document of a policy.
    public init(_ policy: ComponentPolicy) {
      retry = policy.retry
      breaker = policy.breaker
      maxConcurrentCalls = policy.bulkhead?.maxConcurrentCalls
      retryBudget = policy.retryBudget
      timeouts = policy.timeouts
      rollbackMaxAttempts = policy.rollback.maxAttempts
      rollbackTimeoutMs = policy.rollback.timeout.milliseconds
      strategies = policy.strategies.map(\.name)
      fallback = policy.fallback != nil
      judge = policy.judge != nil
      tripsOnInnerFailures = policy.tripsOnInnerFailures
      health = policy.health
    }

    /// The health options; `nil` when a stored number is out of range.
    public var healthOptions: HealthOptions? { (try? health.checkRanges()) == nil ? nil : health }

    /// The circuit breaker's options; `nil` without a breaker, or when a stored number is out of range.
    public var breakerOptions: CircuitBreakerOptions? {
      breaker.flatMap { (try? $0.checkRanges()) == nil ? nil : $0 }
    }
  }
}
