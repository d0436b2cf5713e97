/// The stored policies that matter to a process that did not set them: health options and registered breakers.
/// A pure value.
struct StoredPolicies: Sendable {
  /// Id of the last row read.
  private(set) var lastID: Int64 = 0
  private var explicitHealth: [ComponentName: HealthOptions] = [:]
  private var defaultHealth: [ComponentName: HealthOptions] = [:]
  private var breakers: [ComponentName: CircuitBreakerOptions] = [:]

  /// - Parameter rows: rows by id.
  mutating func add(_ rows: [StoredPolicy]) {
    // Most rows share one of a few texts, so each text is decoded once per call.
    var known: [String: (health: HealthOptions?, breaker: CircuitBreakerOptions?)] = [:]
    // Of two concurrent reads, one may return rows that the other has added.
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

  /// Returns the health options of the last process that set the component's own policy, otherwise those of the
  /// last process that uses the engine's.
  func healthOptions(of component: ComponentName) -> HealthOptions? {
    explicitHealth[component] ?? defaultHealth[component]
  }

  func registeredBreaker(of component: ComponentName) -> CircuitBreakerOptions? { breakers[component] }
}
