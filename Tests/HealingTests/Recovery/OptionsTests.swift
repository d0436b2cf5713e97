import Foundation
import HealingTestSupport
import Testing

@testable import Healing

struct OptionsTests {
  /// Policies with one option just outside its range, and the option's name.
  static let invalid: [(ComponentPolicy, String)] = {
    func rate(_ rule: RateTripRule) -> ComponentPolicy {
      ComponentPolicy(breaker: CircuitBreakerOptions(trip: .rate(rule)))
    }
    func breaker(_ change: (inout CircuitBreakerOptions) -> Void) -> ComponentPolicy {
      var options = CircuitBreakerOptions.standard
      change(&options)
      return ComponentPolicy(breaker: options)
    }
    func health(_ change: (inout HealthOptions) -> Void) -> ComponentPolicy {
      var options = HealthOptions.standard
      change(&options)
      return ComponentPolicy(health: options)
    }
    return [
      (ComponentPolicy(retry: RetryOptions(maxAttempts: 0)), "RetryOptions.maxAttempts"),
      (ComponentPolicy(retry: RetryOptions(maxAttempts: 11)), "RetryOptions.maxAttempts"),
      (ComponentPolicy(retry: RetryOptions(initialDelay: .seconds(-1))), "RetryOptions.initialDelay"),
      (
        ComponentPolicy(retry: RetryOptions(initialDelay: .seconds(2), maxDelay: .seconds(1))),
        "RetryOptions.maxDelay"
      ),
      (ComponentPolicy(retry: RetryOptions(base: .nan)), "RetryOptions.base"),
      (ComponentPolicy(retry: RetryOptions(maxRetryAfter: .seconds(86_401))), "RetryOptions.maxRetryAfter"),
      (breaker { $0.trip = .consecutiveFailures(0) }, "CircuitBreakerOptions.failureThreshold"),
      (breaker { $0.successThreshold = 0 }, "CircuitBreakerOptions.successThreshold"),
      (breaker { $0.openDuration = .zero }, "CircuitBreakerOptions.openDuration"),
      (breaker { $0.halfOpenMaxCalls = 1_001 }, "CircuitBreakerOptions.halfOpenMaxCalls"),
      (breaker { $0.probeLease = .zero }, "CircuitBreakerOptions.probeLease"),
      (breaker { $0.openGrowth = 0.5 }, "CircuitBreakerOptions.openGrowth"),
      (breaker { $0.maxOpenDuration = .seconds(1) }, "CircuitBreakerOptions.maxOpenDuration"),
      (rate(RateTripRule(window: .calls(0), minimumCalls: 1)), "RateTripRule.window.calls"),
      (rate(RateTripRule(window: .time(.seconds(3601)))), "RateTripRule.window.time"),
      (rate(RateTripRule(window: .calls(5), minimumCalls: 6)), "RateTripRule.minimumCalls"),
      (rate(RateTripRule(failureRate: 0)), "RateTripRule.failureRate"),
      (rate(RateTripRule(failureRate: nil)), "RateTripRule.failureRate"),
      (rate(RateTripRule(slowCallRate: 1.1)), "RateTripRule.slowCallRate"),
      (rate(RateTripRule(slowCallDuration: .zero)), "RateTripRule.slowCallDuration"),
      (
        ComponentPolicy(fallback: FallbackStrategy(options: FallbackOptions(timeout: .zero))),
        "FallbackOptions.timeout"
      ),
      (ComponentPolicy(rollback: RollbackOptions(maxAttempts: 0)), "RollbackOptions.maxAttempts"),
      (ComponentPolicy(rollback: RollbackOptions(timeout: .zero)), "RollbackOptions.timeout"),
      (ComponentPolicy(timeouts: TimeoutOptions(attempt: .zero)), "TimeoutOptions.attempt"),
      (ComponentPolicy(timeouts: TimeoutOptions(total: .seconds(86_401))), "TimeoutOptions.total"),
      (
        ComponentPolicy(bulkhead: BulkheadOptions(maxConcurrentCalls: 0)),
        "BulkheadOptions.maxConcurrentCalls"
      ),
      (ComponentPolicy(retryBudget: RetryBudgetOptions(ratio: 0)), "RetryBudgetOptions.ratio"),
      (ComponentPolicy(retryBudget: RetryBudgetOptions(burst: 0)), "RetryBudgetOptions.burst"),
      (ComponentPolicy(retry: nil, retryBudget: RetryBudgetOptions()), "ComponentPolicy.retryBudget"),
      (ComponentPolicy(breaker: nil, tripsOnInnerFailures: true), "ComponentPolicy.tripsOnInnerFailures"),
      (health { $0.window = .seconds(29) }, "HealthOptions.window"),
      (health { $0.degradedErrorRate = 0.3 }, "HealthOptions.degradedErrorRate"),
      (health { $0.unhealthyErrorRate = 0.6 }, "HealthOptions.unhealthyErrorRate"),
      (health { $0.criticalErrorRate = 1.1 }, "HealthOptions.criticalErrorRate"),
      (health { $0.slowResponse = .zero }, "HealthOptions.slowResponse"),
      (health { $0.minimumCalls = 1_001 }, "HealthOptions.minimumCalls"),
    ]
  }()

  @Test(arguments: invalid.indices)
  func `a policy with an invalid option is refused where it comes into force`(
    index: Int
  ) async throws {
    let (policy, option) = Self.invalid[index]
    let ledger = InMemoryLedger()
    let engine = try await RecoveryEngine(ledger: ledger)
    func names(_ body: () async throws -> Void) async -> [String]? {
      let error = await #expect(throws: InvalidOptionError.self) { try await body() }
      return error?.options.map(\.name)
    }
    #expect(await names { try policy.validate() } == [option])
    #expect(await names { _ = try engine.component("api", policy: policy) } == [option])
    #expect(await names { try engine.register("api", policy: policy) } == [option])
    #expect(await names { try engine.setPolicy(policy, of: "api") } == [option])
    #expect(await names { _ = try await RecoveryEngine(ledger: ledger, policy: policy) } == [option])
    #expect(try await ledger.policies.latest().isEmpty)
  }

  @Test func `one error names all invalid options, with value and range`() {
    let policy = ComponentPolicy(
      retry: RetryOptions(maxAttempts: 11), bulkhead: BulkheadOptions(maxConcurrentCalls: 0))
    let error = #expect(throws: InvalidOptionError.self) { try policy.validate() }
    #expect(
      error?.description
        == "RetryOptions.maxAttempts is 11; allowed is 1...10. "
        + "BulkheadOptions.maxConcurrentCalls is 0; allowed is 1...100000")
  }

  @Test func `a range whose bounds are invalid themselves does not trap`() {
    let retry = RetryOptions(initialDelay: .seconds(100_000), maxDelay: .seconds(1))
    let health = HealthOptions(degradedErrorRate: 0, unhealthyErrorRate: -1, criticalErrorRate: .nan)
    let error = #expect(throws: InvalidOptionError.self) {
      try ComponentPolicy(retry: retry, health: health).validate()
    }
    #expect(
      error?.options.map(\.name) == [
        "RetryOptions.initialDelay", "RetryOptions.maxDelay", "HealthOptions.degradedErrorRate",
        "HealthOptions.unhealthyErrorRate", "HealthOptions.criticalErrorRate",
      ])
  }

  @Test(arguments: [
    (MonitorOptions(checkInterval: .zero), "MonitorOptions.checkInterval"),
    (MonitorOptions(alertThreshold: .healthy), "MonitorOptions.alertThreshold"),
    (MonitorOptions(reminderInterval: .zero), "MonitorOptions.reminderInterval"),
    (MonitorOptions(circuitAlertDelay: .milliseconds(-1)), "MonitorOptions.circuitAlertDelay"),
    (MonitorOptions(circuitAlertDelay: .seconds(3601)), "MonitorOptions.circuitAlertDelay"),
  ]) func `a monitor refuses invalid options`(options: MonitorOptions, name: String) async throws {
    let engine = try await RecoveryEngine(ledger: InMemoryLedger())
    let error = #expect(throws: InvalidOptionError.self) {
      try HealthMonitor(engine: engine, options: options)
    }
    #expect(error?.options.map(\.name) == [name])
    #expect(throws: InvalidOptionError.self) { try HealthCheck(timeout: .zero) { .healthy() } }
  }

  // MARK: Coding

  private func coded<Options: Codable>(_ options: Options) throws -> Options {
    try JSONDecoder().decode(Options.self, from: JSONEncoder().encode(options))
  }

  @Test func `options are the same after coding`() throws {
    let retry = RetryOptions(
      maxAttempts: 4, initialDelay: .milliseconds(1), maxDelay: .seconds(7), base: 1.5, jitter: .none,
      maxRetryAfter: .seconds(3))
    #expect(try coded(retry) == retry)
    for window in [RateTripRule.Window.calls(50), .time(.seconds(30))] {
      let rule = RateTripRule(window: window, minimumCalls: 5, failureRate: nil, slowCallRate: 0.5)
      let breaker = CircuitBreakerOptions(
        trip: .rate(rule), successThreshold: 3, openDuration: .seconds(5), halfOpenMaxCalls: 2,
        probeLease: .seconds(9), openGrowth: 2, maxOpenDuration: .seconds(90))
      #expect(try coded(breaker) == breaker)
    }
    #expect(
      try coded(CircuitBreakerOptions(failureThreshold: 9)) == CircuitBreakerOptions(failureThreshold: 9))
    let health = HealthOptions(window: .seconds(60), degradedErrorRate: 0.01, minimumCalls: 9)
    #expect(try coded(health) == health)
    #expect(try coded(BulkheadOptions(maxConcurrentCalls: 7)) == BulkheadOptions(maxConcurrentCalls: 7))
    #expect(try coded(RetryBudgetOptions(ratio: 0.1, burst: 3)) == RetryBudgetOptions(ratio: 0.1, burst: 3))
    #expect(try coded(RollbackOptions(maxAttempts: 2)) == RollbackOptions(maxAttempts: 2))
    #expect(try coded(TimeoutOptions(total: .seconds(2))) == TimeoutOptions(total: .seconds(2)))
    #expect(try coded(FallbackOptions(timeout: .seconds(2))) == FallbackOptions(timeout: .seconds(2)))
    let silent = MonitorOptions(alertThreshold: .critical, reminderInterval: nil)
    #expect(try coded(silent) == silent)
  }

  @Test func `absent keys have their defaults`() throws {
    func empty<Options: Codable>(_: Options.Type) throws -> Options {
      try JSONDecoder().decode(Options.self, from: Data("{}".utf8))
    }
    #expect(try empty(RetryOptions.self) == .standard)
    #expect(try empty(CircuitBreakerOptions.self) == .standard)
    #expect(try empty(RateTripRule.self) == RateTripRule())
    #expect(try empty(HealthOptions.self) == .standard)
    #expect(try empty(RetryBudgetOptions.self) == RetryBudgetOptions())
    #expect(try empty(RollbackOptions.self) == .standard)
    #expect(try empty(TimeoutOptions.self) == .none)
    #expect(try empty(FallbackOptions.self) == .standard)
    #expect(try empty(MonitorOptions.self) == .standard)
  }

  @Test func `a damaged duration is decoded as one that no option allows`() throws {
    let read = try JSONDecoder().decode(RetryOptions.self, from: Data(#"{"initial_delay_ms": 1e300}"#.utf8))
    #expect(throws: InvalidOptionError.self) { try ComponentPolicy(retry: read).validate() }
  }
}
