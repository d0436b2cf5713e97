/// The ledger's state of a component that was not used yet.
final class RememberedComponent: Sendable {
  var breaker: BreakerSnapshot? { rareBreaker.value }
  private let rareBreaker: Rare<BreakerSnapshot>
  let windows: [HealthWindowBucket]

  init(breaker: BreakerSnapshot?, windows: [HealthWindowBucket]) {
    rareBreaker = Rare(breaker)
    self.windows = windows
  }
}
