/// What a ledger knows of all components at the beginning of a round of looks, in one read a table: with a read for each
/// component, a round over many would keep every other reader waiting.
struct MonitorRound: Sendable {
  /// `nil` when the ledger could not be read.
  private let windows: [ComponentName: [HealthWindowBucket]]?
  /// Breakers that are not closed or have an override, by component; `nil` when they could not be read.
  private let breakers: [ComponentName: BreakerSnapshot]?
  /// What each component was at its last look, be it in an earlier process.
  let statuses: [ComponentName: HealthStatus]
  /// The last alert of each component.
  let alerts: [ComponentName: AlertRecord]

  /// - Parameter isFirst: some component has not been looked at by this process; statuses and alerts are for those.
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

  /// The breaker of a component where it is not closed or has an override.
  /// - Parameter own: used when the breakers could not be read.
  func breaker(of component: ComponentName, own: () -> BreakerSnapshot?) -> BreakerSnapshot? {
    if let breakers { breakers[component] } else { own() }
  }

  /// The window of a component; `nil` when it could not be read.
  func buckets(of component: ComponentName) -> [HealthWindowBucket]? {
    windows.map { $0[component] ?? [] }
  }
}
