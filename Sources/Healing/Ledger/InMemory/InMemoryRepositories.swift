/// Reads an ``InMemoryLedger``.
struct InMemoryRepositories: Sendable {
  let ledger: InMemoryLedger

  private static func newest<Row>(
    _ rows: BoundedRows<Row>, _ component: ComponentName?, _ name: (Row) -> ComponentName, _ limit: Int,
    where isIncluded: (Row) -> Bool = { _ in true }
  ) -> [Row] {
    rows.rows.filter { (component == nil || name($0) == component) && isIncluded($0) }.suffix(max(0, limit))
  }
}

extension InMemoryRepositories: ErrorRepository {
  func find(_ id: LedgerID) async throws(LedgerError) -> ErrorContext? {
    ledger.read { state in state.errors.rows.first { $0.id == id } }
  }

  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [ErrorContext] {
    ledger.read { Self.newest($0.errors, component, \.component, limit) }
  }
}

extension InMemoryRepositories: HealthSampleRepository {
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthSample] {
    ledger.read { Self.newest($0.samples, component, \.component, limit) }
  }

  func rates(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [ComponentRates]
  {
    ledger.read { $0.rates(range, component) }
  }

  func windows(component: ComponentName?) async throws(LedgerError) -> [HealthWindowBucket] {
    ledger.read { $0.windowBuckets(component) }
  }
}

extension InMemoryRepositories: HealthCheckRepository {
  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [HealthCheckRecord] {
    ledger.read { Self.newest($0.checks, component, \.component, limit) }
  }

  func recentAlerts(component: ComponentName?, limit: Int) async throws(LedgerError) -> [AlertRecord] {
    ledger.read { Self.newest($0.alerts, component, \.component, limit) }
  }
}

extension InMemoryRepositories: RecoveryRepository {
  func recent(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [RecoveryRecord]
  {
    ledger.read { Self.newest($0.recoveries, component, \.component, limit) { range.contains($0.at) } }
  }

  func statistics(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> RecoveryStatistics
  {
    ledger.read { $0.statistics(range, component) }
  }
}

extension InMemoryRepositories: BreakerRepository {
  func all() async throws(LedgerError) -> [BreakerSnapshot] {
    ledger.read { $0.breakers.values.sorted { $0.component < $1.component } }
  }

  func transitions(component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [BreakerTransitionRecord]
  {
    ledger.read { Self.newest($0.transitions, component, \.component, limit) }
  }
}

struct InMemoryComponents: ComponentRepository {
  let ledger: InMemoryLedger

  func all() async throws(LedgerError) -> [ComponentRecord] {
    ledger.read { $0.components.values.sorted { $0.name < $1.name } }
  }
}

/// A ledger in memory has no process rows.
struct InMemoryProcesses: ProcessRepository {
  func recent(limit: Int) async throws(LedgerError) -> [ProcessRecord] { [] }
}

struct InMemoryFeed: FeedRepository {
  let ledger: InMemoryLedger

  func lastPosition() async throws(LedgerError) -> Int64 { ledger.read { $0.feed.rows.last?.position ?? 0 } }
  func lastDeletedPosition() async throws(LedgerError) -> Int64 {
    ledger.read { max(0, ($0.feed.rows.first?.position ?? 1) - 1) }
  }

  func events(after position: Int64, limit: Int) async throws(LedgerError) -> [FeedEvent] {
    ledger.read { state in
      Array(state.feed.rows.drop { $0.position <= position }.prefix(max(0, limit)))
    }
  }
}

struct InMemoryRejections: RejectionRepository {
  let ledger: InMemoryLedger

  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [RejectedCall] {
    ledger.read { state in
      state.rejectedCalls.rows.filter { component == nil || $0.component == component }.suffix(max(0, limit))
    }
  }

  func byOperation(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [RejectionTotals]
  {
    ledger.read { $0.rejections(range, component) }
  }
}

struct InMemoryPolicies: PolicyRepository {
  let ledger: InMemoryLedger

  func latest() async throws(LedgerError) -> [StoredPolicy] {
    ledger.read { $0.latestPolicies.values.flatMap(\.values).sorted { $0.id < $1.id } }
  }

  func changes(after id: Int64) async throws(LedgerError) -> [StoredPolicy] {
    ledger.read { state in state.policies.rows.filter { $0.id > id } }
  }
}
