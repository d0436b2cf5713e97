import Healing

extension Example {
  func inPlaceOfTheOriginal() async throws {
    let openAIAdapter = try engine.component(
      "openai_adapter",
      policy: ComponentPolicy(
        // RetryConfig(max_attempts, initial_delay, max_delay, exponential_base, jitter)
        retry: RetryOptions(maxAttempts: 3, initialDelay: .seconds(1), maxDelay: .seconds(60), base: 2),
        // register_circuit_breaker("openai_adapter", CircuitBreakerConfig(…))
        breaker: CircuitBreakerOptions(
          failureThreshold: 5, successThreshold: 2, openDuration: .seconds(60), halfOpenMaxCalls: 1),
        // register_fallback("openai_adapter", …)
        fallback: FallbackStrategy(Fallback<String>("cache") { try await cache.answer(to: prompt) })))

    // execute_with_recovery(operation, "openai_adapter", "generate", fallback_operations=[…])
    let answer = try await openAIAdapter.execute(
      "generate", fallbacks: [Fallback("local_model") { try await localModel.generate(prompt) }]
    ) {
      try await openAI.generate(prompt)
    }

    // register_health_check("orders_db", …)
    monitor.register(
      "orders_db",
      check: try HealthCheck {
        try await database.ping()
        return .healthy()
      })
    // register_alert_callback(…)
    monitor.onAlert("pager") { alert in try await pager.send(alert.message) }
    // check_component_health("orders_db")
    let health = await monitor.check("orders_db")

    // detector.detect(error, "openai_adapter", "generate")
    let context = ErrorDetector().detect(error, component: "openai_adapter", operation: "generate")
  }
}
