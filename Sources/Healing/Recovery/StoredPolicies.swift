/// The policies of a ledger's components, as far as they matter to a process that did not set them. A pure state.
struct StoredPolicies: Sendable {
  /// The last row that was read.
  private(set) var lastID: Int64 = 0
  private var explicitHealth: [ComponentName: HealthOptions] = [:]
  private var defaultHealth: [ComponentName: HealthOptions] = [:]
  private var breakers: [ComponentName: CircuitBreakerOptions] = [:]

  /// - Parameter rows: in order.
  mutating func add(_ rows: [StoredPolicy]) {
    // Most rows have one of a few texts.
    var documents: [String: ComponentPolicy.Document?] = [:]
    for row in rows {
      lastID = max(lastID, row.id)
      if row.source == .forgotten {
        explicitHealth[row.component] = nil
        defaultHealth[row.component] = nil
        breakers[row.component] = nil
        continue
      }
      let document = documents[row.json] ?? row.document
      documents[row.json] = document
      guard let document else { continue }
      switch row.source {
      case .explicit: explicitHealth[row.component] = document.healthOptions
      case .default: defaultHealth[row.component] = document.healthOptions
      case .registered: breakers[row.component] = document.breakerOptions
      case .forgotten: break
      }
    }
  }

  /// That of the last process that gave the component a policy of its own, else of the last one that uses it.
  func healthOptions(of component: ComponentName) -> HealthOptions? {
    explicitHealth[component] ?? defaultHealth[component]
  }

  func registeredBreaker(of component: ComponentName) -> CircuitBreakerOptions? { breakers[component] }
}
