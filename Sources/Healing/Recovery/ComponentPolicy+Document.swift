extension ComponentPolicy {
  /// A policy's options as the ledger stores them. Durations are in milliseconds. Strategies are listed by
  /// name. Fallbacks and judges are code, so only their presence is stored.
  public struct Document: Sendable, Hashable, Codable {
    /// ``RetryOptions``
    public struct Retry: Sendable, Hashable, Codable {
      var maxAttempts: Int
      var initialDelayMs: Double
      var maxDelayMs: Double
      var base: Double
      var jitter: String
      var maxRetryAfterMs: Double

      enum CodingKeys: String, CodingKey {
        case maxAttempts = "max_attempts"
        case initialDelayMs = "initial_delay_ms"
        case maxDelayMs = "max_delay_ms"
        case base, jitter
        case maxRetryAfterMs = "max_retry_after_ms"
      }
    }

    /// ``CircuitBreakerOptions``
    public struct Breaker: Sendable, Hashable, Codable {
      var failureThreshold: Int?
      var rate: Rate?
      var successThreshold: Int
      var openMs: Double
      var halfOpenMaxCalls: Int
      var probeLeaseMs: Double
      var openGrowth: Double
      var maxOpenMs: Double

      enum CodingKeys: String, CodingKey {
        case failureThreshold = "failure_threshold"
        case rate
        case successThreshold = "success_threshold"
        case openMs = "open_ms"
        case halfOpenMaxCalls = "half_open_max_calls"
        case probeLeaseMs = "probe_lease_ms"
        case openGrowth = "open_growth"
        case maxOpenMs = "max_open_ms"
      }
    }

    /// ``RateTripRule``
    public struct Rate: Sendable, Hashable, Codable {
      var windowCalls: Int?
      var windowMs: Double?
      var minimumCalls: Int
      var failureRate: Double?
      var slowCallRate: Double?
      var slowCallMs: Double

      enum CodingKeys: String, CodingKey {
        case windowCalls = "window_calls"
        case windowMs = "window_ms"
        case minimumCalls = "minimum_calls"
        case failureRate = "failure_rate"
        case slowCallRate = "slow_call_rate"
        case slowCallMs = "slow_call_ms"
      }
    }

    /// ``RetryBudgetOptions``
    public struct Budget: Sendable, Hashable, Codable {
      var ratio: Double
      var burst: Int
    }

    /// ``TimeoutOptions``
    public struct Timeouts: Sendable, Hashable, Codable {
      var attemptMs: Double?
      var totalMs: Double?

      enum CodingKeys: String, CodingKey {
        case attemptMs = "attempt_ms"
        case totalMs = "total_ms"
      }
    }

    /// ``HealthOptions``
    public struct Health: Sendable, Hashable, Codable {
      var windowMs: Double
      var minimumCalls: Int
      var degradedErrorRate: Double
      var unhealthyErrorRate: Double
      var criticalErrorRate: Double
      var slowResponseMs: Double

      enum CodingKeys: String, CodingKey {
        case windowMs = "window_ms"
        case minimumCalls = "minimum_calls"
        case degradedErrorRate = "degraded_error_rate"
        case unhealthyErrorRate = "unhealthy_error_rate"
        case criticalErrorRate = "critical_error_rate"
        case slowResponseMs = "slow_response_ms"
      }
    }

    var retry: Retry?
    var breaker: Breaker?
    var bulkhead: Int?
    var retryBudget: Budget?
    var timeouts: Timeouts
    var rollbackMaxAttempts: Int
    var rollbackTimeoutMs: Double
    var strategies: [String]
    var fallback: Bool
    var judge: Bool
    var tripsOnInnerFailures: Bool
    var health: Health

    enum CodingKeys: String, CodingKey {
      case retry, breaker
      case bulkhead = "max_concurrent_calls"
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
      retry = policy.retry.map(Retry.init)
      breaker = policy.breaker.map(Breaker.init)
      bulkhead = policy.bulkhead?.maxConcurrentCalls
      retryBudget = policy.retryBudget.map { Budget(ratio: $0.ratio, burst: $0.burst) }
      timeouts = Timeouts(
        attemptMs: policy.timeouts.attempt?.milliseconds, totalMs: policy.timeouts.total?.milliseconds)
      rollbackMaxAttempts = policy.rollback.maxAttempts
      rollbackTimeoutMs = policy.rollback.timeout.milliseconds
      strategies = policy.strategies.map(\.name)
      fallback = policy.fallback != nil
      judge = policy.judge != nil
      tripsOnInnerFailures = policy.tripsOnInnerFailures
      health = Health(
        windowMs: policy.health.window.milliseconds, minimumCalls: policy.health.minimumCalls,
        degradedErrorRate: policy.health.degradedErrorRate,
        unhealthyErrorRate: policy.health.unhealthyErrorRate,
        criticalErrorRate: policy.health.criticalErrorRate,
        slowResponseMs: policy.health.slowResponse.milliseconds)
    }

    /// The health options; `nil` when a stored number is out of range.
    public var healthOptions: HealthOptions? {
      try? HealthOptions(
        window: .wire(milliseconds: health.windowMs), degradedErrorRate: health.degradedErrorRate,
        unhealthyErrorRate: health.unhealthyErrorRate, criticalErrorRate: health.criticalErrorRate,
        slowResponse: .wire(milliseconds: health.slowResponseMs), minimumCalls: health.minimumCalls)
    }

    /// The circuit breaker's options; `nil` without a breaker, or when a stored number is out of range.
    public var breakerOptions: CircuitBreakerOptions? { breaker.flatMap { try? $0.options() } }
  }
}

extension ComponentPolicy.Document.Retry {
  fileprivate init(_ options: RetryOptions) {
    self.init(
      maxAttempts: options.maxAttempts, initialDelayMs: options.initialDelay.milliseconds,
      maxDelayMs: options.maxDelay.milliseconds, base: options.base,
      jitter: options.jitter == .full ? "full" : "none", maxRetryAfterMs: options.maxRetryAfter.milliseconds)
  }
}

extension ComponentPolicy.Document.Breaker {
  fileprivate init(_ options: CircuitBreakerOptions) {
    var failures: Int?
    var rate: ComponentPolicy.Document.Rate?
    switch options.trip {
    case .consecutiveFailures(let count): failures = count
    case .rate(let rule):
      var share = ComponentPolicy.Document.Rate(
        minimumCalls: rule.minimumCalls, failureRate: rule.failureRate, slowCallRate: rule.slowCallRate,
        slowCallMs: rule.slowCallDuration.milliseconds)
      switch rule.window {
      case .calls(let count): share.windowCalls = count
      case .time(let length): share.windowMs = length.milliseconds
      }
      rate = share
    }
    self.init(
      failureThreshold: failures, rate: rate, successThreshold: options.successThreshold,
      openMs: options.openDuration.milliseconds, halfOpenMaxCalls: options.halfOpenMaxCalls,
      probeLeaseMs: options.probeLease.milliseconds, openGrowth: options.openGrowth,
      maxOpenMs: options.maxOpenDuration.milliseconds)
  }

  fileprivate func options() throws(InvalidOptionError) -> CircuitBreakerOptions {
    let trip: TripRule
    if let rate {
      let window: RateTripRule.Window =
        if let calls = rate.windowCalls { .calls(calls) } else {
          .time(.wire(milliseconds: rate.windowMs ?? 0))
        }
      trip = .rate(
        try RateTripRule(
          window: window, minimumCalls: rate.minimumCalls, failureRate: rate.failureRate,
          slowCallRate: rate.slowCallRate, slowCallDuration: .wire(milliseconds: rate.slowCallMs)))
    } else {
      trip = .consecutiveFailures(failureThreshold ?? 0)
    }
    return try CircuitBreakerOptions(
      trip: trip, successThreshold: successThreshold, openDuration: .wire(milliseconds: openMs),
      halfOpenMaxCalls: halfOpenMaxCalls, probeLease: .wire(milliseconds: probeLeaseMs),
      openGrowth: openGrowth,
      maxOpenDuration: .wire(milliseconds: maxOpenMs))
  }
}

extension Duration {
  /// Converts a stored number of milliseconds, which may be damaged. An invalid number becomes zero, which no
  /// option allows.
  fileprivate static func wire(milliseconds: Double) -> Duration {
    guard milliseconds.isFinite, abs(milliseconds) < 1e12 else { return .zero }
    return .nanoseconds(Int64((milliseconds * 1e6).rounded()))
  }
}
