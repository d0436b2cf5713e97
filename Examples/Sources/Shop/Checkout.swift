import Healing

/// Places orders. Each call of a dependency runs under the policy of its component.
struct Checkout {
  let dependencies: Dependencies
  let stock: Component
  let payments: Component
  let orders: Component
  let mail: Component

  init(engine: RecoveryEngine, dependencies: Dependencies) throws {
    self.dependencies = dependencies
    let retry = RetryOptions(maxAttempts: 3, initialDelay: .milliseconds(1), maxDelay: .milliseconds(5))
    let breaker = CircuitBreakerOptions(failureThreshold: 5, openDuration: .milliseconds(200))

    // An article that is sold out is an answer: it counts as a success and never opens the circuit.
    stock = try engine.component(
      "stock_api",
      policy: ComponentPolicy(
        retry: retry, breaker: breaker,
        judge: CallJudge { (result: Result<Void, any Error>) in
          if case .failure(let error) = result, error is InsufficientStock { .success } else { nil }
        }))
    // A reply with status 503 is a failure, although the call returned.
    payments = try engine.component(
      "payments_api",
      policy: ComponentPolicy(
        retry: retry, breaker: breaker,
        judge: CallJudge { (result: Result<PaymentReply, any Error>) in
          if case .success(let reply) = result, reply.status >= 500 {
            .failure(.api, isTransient: true)
          } else {
            nil
          }
        }))
    orders = try engine.component("orders_db", policy: ComponentPolicy(retry: retry, breaker: nil))
    mail = try engine.component("mail_api", policy: ComponentPolicy(retry: nil, breaker: breaker))
  }

  /// Places one order. Reports group what fails by `request`.
  /// - Throws: ``InsufficientStock``, the error of a dependency, or `CircuitOpenError`.
  func place(order: Int) async throws {
    let request = RequestInfo(requestID: "order-\(order)", userID: "user-\(order % 7)")
    try await stock.execute("reserve", request: request) { try dependencies.reserve(order) }
    let reply = try await payments.execute("charge", request: request) {
      try dependencies.charge(1_000 + order)
    }
    guard reply.status < 500 else { throw Failure("the payment provider is overloaded") }
    try await orders.execute("store", request: request) { try dependencies.store(order: order) }
    // An order without its mail is an order: the mail is sent later.
    let later = [Fallback<String>("send later") { _ in "queued" }]
    _ = try await mail.execute("send", fallbacks: later, request: request) {
      try dependencies.send(template: "receipt")
    }
  }
}
