import Healing

/// `GET /circuit-breakers`, without the breakers.
struct BreakersResponse: Encodable {
  struct Item: Encodable {
    let state: CircuitState
    let failureCount: Int
    let successCount: Int
    let lastFailure: OrNull<Timestamp>
    /// Milliseconds until an open circuit allows a probe.
    let remainingMs: Double
    let override: OrNull<String>

    init(_ breaker: BreakerSnapshot, at now: Timestamp) {
      state = breaker.state
      failureCount = breaker.failureCount
      successCount = breaker.successCount
      lastFailure = OrNull(breaker.lastFailureAt)
      remainingMs = breaker.remainingWait(at: now).milliseconds
      override = OrNull(breaker.activeOverride(at: now)?.kind.rawValue)
    }
  }
  let total: Int
  let nextAfter: String?
}
