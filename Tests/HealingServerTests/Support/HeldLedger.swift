import Healing
import HealingTestSupport
import Synchronization

/// A ledger whose statistics, or those of a range only, are not read before a test says so.
final class HeldLedger: Ledger {
  private let base = InMemoryLedger()
  private let held: HeldRecoveries

  init(holdsRangesOnly: Bool = false) {
    held = HeldRecoveries(base: base.recoveries, holdsRangesOnly: holdsRangesOnly)
  }

  /// Number of blocked reads.
  var count: Int { held.state.withLock { $0.count } }

  /// Lets present and later reads continue.
  func release() { held.state.withLock { $0.isOpen = true } }

  var errors: any ErrorRepository { base.errors }
  var samples: any HealthSampleRepository { base.samples }
  var checks: any HealthCheckRepository { base.checks }
  var recoveries: any RecoveryRepository { held }
  var breakers: any BreakerRepository { base.breakers }
  var components: any ComponentRepository { base.components }
  var processes: any ProcessRepository { base.processes }
  var feed: any FeedRepository { base.feed }
  var rejections: any RejectionRepository { base.rejections }
  var policies: any PolicyRepository { base.policies }

  func record(_ sample: CallSample) { base.record(sample) }
  func record(_ entry: LedgerEntry) { base.record(entry) }
  func flush() async throws(LedgerError) { try await base.flush() }
  func makeID() -> LedgerID { base.makeID() }

  private final class HeldRecoveries: RecoveryRepository {
    let base: any RecoveryRepository
    let state = Lock((isOpen: false, count: 0))

    private let holdsRangesOnly: Bool

    init(base: any RecoveryRepository, holdsRangesOnly: Bool) {
      self.base = base
      self.holdsRangesOnly = holdsRangesOnly
    }

    func recent(_ range: LedgerRange, component: ComponentName?, limit: Int) async throws(LedgerError)
      -> [RecoveryRecord]
    {
      try await base.recent(range, component: component, limit: limit)
    }

    func statistics(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
      -> RecoveryStatistics
    {
      if holdsRangesOnly && range == .all { return try await base.statistics(range, component: component) }
      state.withLock { $0.count += 1 }
      while !state.withLock({ $0.isOpen }) { await pause() }
      return try await base.statistics(range, component: component)
    }
  }
}
