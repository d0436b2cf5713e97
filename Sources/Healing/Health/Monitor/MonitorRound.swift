/// The ledger's data of all components at the beginning of a round of checks, with one read per table. One read
/// per component would delay all other readers.
struct MonitorRound: Sendable {
  /// The windows by component; `nil` when the ledger could not be read.
  private let windows: [ComponentName: [HealthWindowBucket]]?
  /// Breakers that are not closed or have an override, by component; `nil` when they could not be read.
  private let breakers: [ComponentName: BreakerSnapshot]?
  /// The status of each component at its last check, also of an earlier process.
  let statuses: [ComponentName: HealthStatus]
  /// The last alert of each component.
  let alerts: [ComponentName: AlertRecord]

  /// - Parameter isFirst: whether this process has not checked some component yet; only then statuses and
  ///   alerts are read.
  init(of ledger: any Ledger, at now: Timestamp, isFirst: Bool) async {
    let earliest = HealthOptions.earliestBucket(at: now)
    let buckets = try? await ledger.samples.windows(since: earliest, component: nil)
    windows = buckets.map { Dictionary(grouping: $0, by: \.component) }
    breakers = (try? await ledger.breakers.unusual()).map {
      Dictionary($0.map { ($0.component, $0) }, uniquingKeysWith: { _, last in last })
    }
    statuses = isFirst ? (try? await ledger.checks.latestStatuses()) ?? [:] : [:]
    alerts = isFirst ? (try? await ledger.checks.latestAlerts()) ?? [:] : [:]
  }

  /// Returns the breaker of a component if it is not closed or has an override.
  /// - Parameter own: the process's breaker, used when the breakers could not be read.
  func breaker(of component: ComponentName, own: () -> BreakerSnapshot?) -> BreakerSnapshot? {
    if let breakers { breakers[component] } else { own() }
  }

  /// Returns the window of a component; `nil` when the windows could not be read.
  func buckets(of component: ComponentName) -> [HealthWindowBucket]? {
    windows.map { $0[component] ?? [] }
  }
}
