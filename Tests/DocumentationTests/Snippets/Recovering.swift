import Healing
import HealingSQLite

struct ReconnectStrategy: RecoveryStrategy {
  let pool: Pool
  var name: String { "reconnect" }

  func canRecover(_ failure: FailedCall) -> Bool { failure.category == .database }

  nonisolated(nonsending) func recover<Value>(
    _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
  ) async -> RecoveryResult<Value> {
    do {
      try await pool.reconnect()
      return .succeeded(try await operation(), message: "reconnected")
    } catch {
      return .failed(error)
    }
  }
}

actor Checkout {
  private let carts: Component
  private var cart = Cart()

  init(carts: Component) { self.carts = carts }

  func fill() async throws {
    cart = try await carts.execute("fill", initialState: cart) { cart in
      cart.add(item)
      try await prices.update(&cart)
    }.state
  }
}

extension Example {
  mutating func retry() async throws {
    let retry = RetryStrategy(
      RetryOptions(maxAttempts: 5, initialDelay: .milliseconds(100), maxDelay: .seconds(5), base: 2))
    let result = await retry.execute { try await openAI.generate(prompt) }
    print(result.success, result.attempts, result.duration)
    let answer = try result.get()
  }

  mutating func circuitBreaker() async throws {
    let breaker = CircuitBreakerStrategy(
      CircuitBreakerOptions(
        failureThreshold: 5, successThreshold: 2, openDuration: .seconds(60), halfOpenMaxCalls: 1))
    let result = await breaker.execute("charge", on: "payments") { try await payments.charge(order) }
    if let rejected = result.error as? CircuitOpenError { print(rejected) }
  }

  mutating func severalProviders() async throws {
    let answer = try await engine.execute(
      "generate", on: "openai_adapter",
      fallbacks: [
        Fallback("anthropic") { try await anthropic.generate(prompt) },
        Fallback("local_model") { try await localModel.generate(prompt) },
        Fallback("apology") { failure in "No answer now (\(failure.category.rawValue))." },
      ]
    ) {
      try await openAI.generate(prompt)
    }
  }

  mutating func policyFallback() async throws {
    let policy = ComponentPolicy(
      fallback: FallbackStrategy(
        Fallback<String>("cache", taking: Prompt.self) { prompt, _ in try await cache.answer(to: prompt) },
        Fallback<String>("apology") { "Please ask again later." },
        options: FallbackOptions(timeout: .seconds(2))))
    let component = try engine.component("openai_adapter", policy: policy)
    let answer = try await component.execute("generate", input: prompt) { prompt in
      try await openAI.generate(prompt)
    }
  }

  mutating func rollbackState() async throws {
    try await carts.execute("fill", state: &cart) { cart in
      cart.add(item)
      try await prices.update(&cart)
    }
  }

  mutating func rollbackSteps() async throws {
    try await orders.executeSteps("checkout") { steps in
      let seat = try await steps.run("reserve seat") {
        try await hall.reserve()
      } undo: {
        try await hall.release($0)
      }
      try await steps.run("charge card") {
        try await bank.charge(seat)
      } undo: {
        try await bank.refund($0)
      }
      try await mail.sendTicket(seat)
    }
  }

  mutating func customStrategy() async throws {
    let database = try engine.component(
      "orders_db", policy: ComponentPolicy(strategies: [ReconnectStrategy(pool: pool)]))
  }

  mutating func limits() async throws {
    let policy = ComponentPolicy(
      timeouts: TimeoutOptions(attempt: .seconds(2), total: .seconds(10)),
      bulkhead: BulkheadOptions(maxConcurrentCalls: 50),
      retryBudget: RetryBudgetOptions(ratio: 0.2, burst: 10))
  }

  mutating func thresholds() async throws {
    let model = ComponentPolicy(
      retry: RetryOptions(maxAttempts: 5, initialDelay: .seconds(1)),
      breaker: CircuitBreakerOptions(
        trip: .rate(RateTripRule(window: .calls(20), minimumCalls: 10, failureRate: 0.5))))
    let payments = ComponentPolicy(
      retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 3, openDuration: .seconds(120)))
  }
}
