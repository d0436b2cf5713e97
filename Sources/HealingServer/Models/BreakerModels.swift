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

/// `POST /breakers/C/override`
struct OverrideResponse: Encodable {
  let component: ComponentName
  let override: CircuitOverride.Kind
  let actor: String
  let reason: String
  let expiresAt: OrNull<Timestamp>
  let durable: Bool
  let mayBeLost: Bool
  let message: String

  init(_ override: CircuitOverride, of component: ComponentName, durable: Bool) {
    self.component = component
    self.override = override.kind
    actor = override.actor
    reason = override.reason
    expiresAt = OrNull(override.expiresAt)
    self.durable = durable
    mayBeLost = !durable
    let end = override.expiresAt.map { "until \($0.iso8601)" } ?? "until it is lifted or reset"
    message = "Circuit of '\(component)' forced \(override.kind == .forcedOpen ? "open" : "closed") \(end)"
  }
}

/// `DELETE /breakers/C/override`
struct LiftedResponse: Encodable {
  let component: ComponentName
  let lifted = true
  let durable: Bool
  let mayBeLost: Bool
  let message: String
}
