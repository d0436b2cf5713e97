/// What the ledger remembers of a component that nobody has asked for yet.
final class RememberedComponent: Sendable {
  var breaker: BreakerSnapshot? { rareBreaker.value }
  private let rareBreaker: Rare<BreakerSnapshot>
  let windows: [HealthWindowBucket]

  init(breaker: BreakerSnapshot?, windows: [HealthWindowBucket]) {
    rareBreaker = Rare(breaker)
    self.windows = windows
  }
}
