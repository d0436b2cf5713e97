import Healing

/// `GET /circuit-breakers`
struct BreakersAnswer: Encodable {
  struct Item: Encodable {
    let state: CircuitState
    let failureCount: Int
    let successCount: Int
    let lastFailure: OrNull<Timestamp>
    /// Milliseconds until an open circuit lets a call through.
    let remainingMs: Double
    let override: OrNull<String>
  }
  let total: Int
  let circuitBreakers: [String: Item]
  let nextAfter: String?

  init(_ breakers: [BreakerSnapshot], _ page: Page, at now: Timestamp) {
    total = breakers.count
    let (items, next) = page.select(breakers, by: \.component)
    nextAfter = next
    circuitBreakers = Dictionary(
      items.map { breaker in
        (
          breaker.component.text,
          Item(
            state: breaker.state, failureCount: breaker.failureCount, successCount: breaker.successCount,
            lastFailure: OrNull(breaker.lastFailureAt),
            remainingMs: breaker.remainingWait(at: now).milliseconds,
            override: OrNull(breaker.activeOverride(at: now)?.kind.rawValue))
        )
      }, uniquingKeysWith: { first, _ in first })
  }
}
