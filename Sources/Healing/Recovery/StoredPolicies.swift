/// The stored policies that matter to a process that did not set them: health options and registered breakers.
/// A pure value.
struct StoredPolicies: Sendable {
  /// Id of the last row read.
  private(set) var lastID: Int64 = 0
  private var explicitHealth: [ComponentName: Stored] = [:]
  private var defaultHealth: [ComponentName: Stored] = [:]
  /// Processes that have ended, among those that set a component's own policy.
  private var endedProcesses: Set<Int64> = []
  private var breakers: [ComponentName: CircuitBreakerOptions] = [:]

  /// The health options of a row; `nil` when the row's policy cannot be read.
  private struct Stored: Sendable {
    let options: HealthOptions?
    let row: Int64
    let process: Int64

    init(_ options: HealthOptions?, _ row: StoredPolicy) {
      self.options = options
      self.row = row.id
      process = row.process
    }
  }

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
      case .explicit: explicitHealth[row.component] = Stored(options.health, row)
      case .default: defaultHealth[row.component] = Stored(options.health, row)
      case .registered: breakers[row.component] = options.breaker
      case .forgotten:
        explicitHealth[row.component] = nil
        defaultHealth[row.component] = nil
        breakers[row.component] = nil
      }
    }
  }

  /// The running processes that set a component's own policy before a later process used the engine's for it.
  /// When one of them has ended, the later policy is in force.
  var processesToCheck: Set<Int64> {
    Set(
      explicitHealth.compactMap { component, own in
        guard let later = defaultHealth[component], later.row > own.row, later.process != own.process,
          !endedProcesses.contains(own.process)
        else { return nil }
        return own.process
      })
  }

  mutating func markEnded(_ processes: some Sequence<Int64>) { endedProcesses.formUnion(processes) }

  /// Returns the health options of the last process that set the component's own policy, otherwise those of the
  /// last process that uses the engine's. A process that has ended yields to a later one.
  func healthOptions(of component: ComponentName) -> HealthOptions? {
    let (own, shared) = (explicitHealth[component], defaultHealth[component])
    if let own, let shared, shared.row > own.row, endedProcesses.contains(own.process) {
      return shared.options ?? own.options
    }
    return own?.options ?? shared?.options
  }

  func registeredBreaker(of component: ComponentName) -> CircuitBreakerOptions? { breakers[component] }
}
