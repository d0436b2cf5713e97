/// How the calls of a component are protected. Each part is optional.
public struct ComponentPolicy: Sendable {
  /// Retry with backoff; `nil`: never retry.
  public var retry: RetryOptions?
  /// The circuit breaker; `nil`: no circuit breaker.
  public var breaker: CircuitBreakerOptions?
  /// Custom strategies, run in order when the retries have not succeeded.
  public var strategies: [any RecoveryStrategy]
  /// The last sources of the value, after the call's own fallbacks; `nil`: no fallbacks.
  public var fallback: FallbackStrategy?
  /// How compensations are run.
  public var rollback: RollbackOptions
  /// Time limits.
  public var timeouts: TimeoutOptions
  /// Limit of concurrent calls; `nil`: no limit.
  public var bulkhead: BulkheadOptions?
  /// Limit of retries over all calls; `nil`: no limit.
  public var retryBudget: RetryBudgetOptions?
  /// The thresholds of the component's health.
  public var health: HealthOptions
  /// Judges how an attempt ended; `nil`: a thrown error counts as it is classified, and a value is a success.
  public var judge: CallJudge?
  /// Whether a failure that an inner component of the same engine has counted also counts for this component's
  /// circuit. Default: `false`; the inner component's circuit protects the calls.
  public var tripsOnInnerFailures: Bool

  /// Three attempts with backoff, a breaker that opens for 60 s after 5 failures in a row, and no time limits.
  public static let standard = ComponentPolicy()

  /// Whether two policies are equal in everything that can be compared: their options, the names of their
  /// strategies, and whether they have a fallback and a judge.
  func hasSameOptions(as other: ComponentPolicy) -> Bool {
    retry == other.retry && breaker == other.breaker && rollback == other.rollback
      && timeouts == other.timeouts && bulkhead == other.bulkhead && retryBudget == other.retryBudget
      && health == other.health && tripsOnInnerFailures == other.tripsOnInnerFailures
      && (judge == nil) == (other.judge == nil) && (fallback == nil) == (other.fallback == nil)
      && strategies.map(\.name) == other.strategies.map(\.name)
  }

  /// Checks every option. An engine checks each policy that it is given.
  /// - Throws: ``InvalidOptionError``, which names all options outside their ranges, and the options that would have
  ///   no effect: a retry budget without retries, ``tripsOnInnerFailures`` without a breaker.
  public func validate() throws(InvalidOptionError) {
    var checks = OptionChecks()
    let parts: [(any CheckedOptions)?] = [
      retry, breaker, fallback?.options, rollback, timeouts, bulkhead, retryBudget, health,
    ]
    for part in parts { part?.check(&checks) }
    checks.check(
      "ComponentPolicy.retryBudget", retryBudget.map { "\($0)" } ?? "nil", retryBudget == nil || retry != nil,
      allowed: "nil in a policy without retry")
    checks.check(
      "ComponentPolicy.tripsOnInnerFailures", tripsOnInnerFailures, !tripsOnInnerFailures || breaker != nil,
      allowed: "false in a policy without a breaker")
    try checks.finish()
  }

  /// Creates a policy. The engine that is given the policy checks it.
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
