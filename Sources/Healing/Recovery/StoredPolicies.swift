/// The policies of a ledger's components, as far as they matter to a process that did not set them. A pure state.
struct StoredPolicies: Sendable {
  /// The last row that was read.
  private(set) var lastID: Int64 = 0
  private var explicitHealth: [ComponentName: HealthOptions] = [:]
  private var defaultHealth: [ComponentName: HealthOptions] = [:]
  private var breakers: [ComponentName: CircuitBreakerOptions] = [:]

  /// - Parameter rows: in order.
  mutating func add(_ rows: [StoredPolicy]) {
    // Most rows have one of a few texts. Components share what was read from it.
    var known: [String: (health: HealthOptions?, breaker: CircuitBreakerOptions?)] = [:]
    // Of two reads at once, one may bring rows that the other has brought.
    for row in rows where row.id > lastID {
      lastID = row.id
      let options: (health: HealthOptions?, breaker: CircuitBreakerOptions?)
      if let read = known[row.json] {
        options = read
      } else {
        let document = row.document
        options = (document?.healthOptions, document?.breakerOptions)
        known[row.json] = options
      }
      switch row.source {
      case .explicit: explicitHealth[row.component] = options.health
      case .default: defaultHealth[row.component] = options.health
      case .registered: breakers[row.component] = options.breaker
      case .forgotten:
        explicitHealth[row.component] = nil
        defaultHealth[row.component] = nil
        breakers[row.component] = nil
      }
    }
  }

  /// That of the last process that gave the component a policy of its own, else of the last one that uses it.
  func healthOptions(of component: ComponentName) -> HealthOptions? {
    explicitHealth[component] ?? defaultHealth[component]
  }

  func registeredBreaker(of component: ComponentName) -> CircuitBreakerOptions? { breakers[component] }
}
