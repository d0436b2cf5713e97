/// How the calls of a component are protected. Each part can be left out.
public struct ComponentPolicy: Sendable {
  /// Retry with backoff; `nil`: never retry.
  public var retry: RetryOptions?
  /// The circuit breaker; `nil`: none.
  public var breaker: CircuitBreakerOptions?
  /// Strategies of the user's own, asked in order when the retries have not helped.
  public var strategies: [any RecoveryStrategy]
  /// Sources asked last, after those that the call itself brings; `nil`: none.
  public var fallback: FallbackStrategy?
  /// How compensations are run.
  public var rollback: RollbackOptions
  /// Limits of time.
  public var timeouts: TimeoutOptions
  /// Limit of calls under way; `nil`: none.
  public var bulkhead: BulkheadOptions?
  /// Limit of retries in all; `nil`: none.
  public var retryBudget: RetryBudgetOptions?
  /// How the component's calls are judged.
  public var health: HealthOptions
  /// Judges how an attempt ended; `nil`: a thrown error is a failure, as it is classified, and a value a success.
  public var judge: CallJudge?
  /// Whether a failure that an inner component of the same engine has counted opens this component's circuit, too. Default:
  /// no; the circuit of the inner one protects.
  public var tripsOnInnerFailures: Bool

  /// Three attempts with backoff, a breaker that opens for 60 s after 5 failures in a row, no limits of time.
  public static let standard = ComponentPolicy()

  /// Whether two policies are the same as far as they can be compared: in their options, the names of their strategies, and
  /// whether they have a fallback and a judge.
  func hasSameOptions(as other: ComponentPolicy) -> Bool {
    retry == other.retry && breaker == other.breaker && rollback == other.rollback
      && timeouts == other.timeouts && bulkhead == other.bulkhead && retryBudget == other.retryBudget
      && health == other.health && tripsOnInnerFailures == other.tripsOnInnerFailures
      && (judge == nil) == (other.judge == nil) && (fallback == nil) == (other.fallback == nil)
      && strategies.map(\.name) == other.strategies.map(\.name)
  }

  /// Refuses options that would have no effect.
  /// - Throws: ``InvalidOption``: a retry budget without retries, ``tripsOnInnerFailures`` without a breaker.
  func check() throws(InvalidOption) {
    if let retryBudget, retry == nil {
      throw InvalidOption(
        "ComponentPolicy.retryBudget", "\(retryBudget)", allowed: "nil in a policy without retry")
    }
    if tripsOnInnerFailures && breaker == nil {
      throw InvalidOption(
        "ComponentPolicy.tripsOnInnerFailures", true, allowed: "false in a policy without a breaker")
    }
  }

  /// A policy from its parts.
  public init(
    retry: RetryOptions? = .standard, breaker: CircuitBreakerOptions? = .standard,
    strategies: [any RecoveryStrategy] = [], fallback: FallbackStrategy? = nil,
    rollback: RollbackOptions = .standard, timeouts: TimeoutOptions = .none, bulkhead: BulkheadOptions? = nil,
    retryBudget: RetryBudgetOptions? = nil, health: HealthOptions = .standard, judge: CallJudge? = nil,
    tripsOnInnerFailures: Bool = false
  ) {
    self.retry = retry
    self.breaker = breaker
    self.strategies = strategies
    self.fallback = fallback
    self.rollback = rollback
    self.timeouts = timeouts
    self.bulkhead = bulkhead
    self.retryBudget = retryBudget
    self.health = health
    self.judge = judge
    self.tripsOnInnerFailures = tripsOnInnerFailures
  }
}
