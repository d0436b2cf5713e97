import Healing
import HealingSQLite

struct QuotaExceeded: SelfClassifyingError {
  var errorCategory: ErrorCategory? { .rateLimit }
  var retryAfter: Duration? { .seconds(30) }
}

extension Example {
  mutating func healthCheck() async throws {
    monitor.register(
      "orders_db",
      check: try HealthCheck(timeout: .seconds(2)) {
        let lag = try await database.replicationLag()
        return lag < .seconds(10) ? .healthy("lag \(lag)") : .degraded("replica is \(lag) behind")
      })
  }

  mutating func healthMonitor() async throws {
    let monitor = HealthMonitor(engine: engine)
    monitor.register(
      "orders_db",
      check: try HealthCheck {
        try await database.ping()
        return .healthy()
      })
    monitor.onAlert("pager") { alert in try await pager.send(alert.message) }
    monitor.start()
  }

  mutating func engine() async throws {
    let engine = try await RecoveryEngine(ledger: try SQLiteLedger(path: "healing.db"))
    let answer = try await engine.execute("generate", on: "openai_adapter") {
      try await openAI.generate(prompt)
    }
  }

  mutating func breakerStrategy() async throws {
    let breaker = CircuitBreakerStrategy(CircuitBreakerOptions(failureThreshold: 3))
    let result = await breaker.execute("charge", on: "payments") { try await payments.charge(order) }
    if let rejected = result.error as? CircuitOpenError { print(rejected) }
  }

  mutating func fallbackType() async throws {
    let answer = try await engine.execute(
      "generate", on: "openai_adapter",
      fallbacks: [
        Fallback("anthropic") { try await anthropic.generate(prompt) },
        Fallback("apology") { failure in "Sorry: \(failure.category)" },
      ]
    ) { try await openAI.generate(prompt) }
  }

  mutating func fallbackStrategy() async throws {
    let fallback = FallbackStrategy(
      Fallback<String>("apology") { "Please ask again later." }, Fallback<Int>("none") { 0 })
    let answer = await fallback.execute { try await openAI.generate(prompt) }.value
  }

  mutating func retryStrategy() async throws {
    let retry = RetryStrategy(RetryOptions(maxAttempts: 5, initialDelay: .milliseconds(200)))
    let answer = try await retry.execute { try await openAI.generate(prompt) }.get()
  }

  mutating func compensationScope() async throws {
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

  mutating func rollbackStrategy() async throws {
    var cart = Cart()
    let result = await RollbackStrategy().execute(state: &cart) { cart in
      cart.add(item)
      try await prices.update(&cart)
    }
    // When it failed, the cart is as it was.
  }

  mutating func sqliteLedger() async throws {
    let ledger = try await SQLiteLedger.open(
      path: "/var/lib/shop/healing.db", identity: ProcessIdentity(release: "2026.11.3"))
    let engine = try await RecoveryEngine(ledger: ledger)
  }
}

struct InsufficientStock: Error {}

struct Reply: Sendable {
  let status: Int
}

extension Example {
  mutating func judge() async throws {
    let policy = ComponentPolicy(
      judge: CallJudge { (result: Result<Reply, any Error>) in
        switch result {
        case .success(let reply) where reply.status >= 500: .failure(.api, isTransient: reply.status == 503)
        case .failure(let error) where error is InsufficientStock: .success
        default: nil
        }
      })
    try engine.setPolicy(policy, of: "warehouse")
  }

  mutating func requestInfo() async throws {
    try await RequestInfo.$current.withValue(RequestInfo(requestID: "r-1", userID: "u-7")) {
      try await orders.execute("place") { try await payments.charge(order) }
    }
  }

  mutating func judgeCalls() async throws {
    let warehouse = try engine.component(
      "warehouse",
      policy: ComponentPolicy(
        judge: CallJudge { (result: Result<Reply, any Error>) in
          switch result {
          case .success(let reply) where reply.status >= 500: .failure(.api, isTransient: reply.status == 503)
          case .failure(let error) where error is InsufficientStock: .success
          default: nil
          }
        }))
    let reply = try await warehouse.execute(
      "reserve",
      judge: { result in
        if case .success(let reply) = result, reply.status == 404 { .callerError } else { nil }
      }
    ) {
      Reply(status: 200)
    }
  }

  mutating func whatCallersSaw() async throws {
    let seen = try await engine.statistics(component: "warehouse").executions
    print(
      seen.executions, seen.rejected, seen.saved, seen.degraded, seen.lost, seen.effectiveSuccessRate ?? 1)
    for rejected in try await engine.ledger.rejections.byOperation(.all, component: nil) { print(rejected) }
  }
}
