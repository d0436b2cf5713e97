/// What the ledger remembers of a component that nobody has asked for yet.
final class RememberedComponent: Sendable {
  let breaker: BreakerSnapshot?
  let windows: [HealthWindowBucket]

  init(breaker: BreakerSnapshot?, windows: [HealthWindowBucket]) {
    self.breaker = breaker
    self.windows = windows
  }
}
