import Healing
import Synchronization

/// A ledger in memory that records which repositories are used before it has settled.
final class SettlingLedger: Ledger {
  private let base = InMemoryLedger()
  private let state = Lock((isSettled: false, early: [String]()))

  /// Whether the ledger has settled since ``unsettle()``.
  var isSettled: Bool { state.withLock { $0.isSettled } }
  /// The repositories that were used before the ledger settled.
  var readsBeforeSettling: [String] { state.withLock { $0.early } }

  /// Starts over, as if an entry had been recorded.
  func unsettle() { state.withLock { $0 = (false, []) } }

  private func reading<Repository>(_ name: String, _ repository: Repository) -> Repository {
    state.withLock { if !$0.isSettled { $0.early.append(name) } }
    return repository
  }

  var errors: any ErrorRepository { reading("errors", base.errors) }
  var samples: any HealthSampleRepository { reading("samples", base.samples) }
  var checks: any HealthCheckRepository { reading("checks", base.checks) }
  var recoveries: any RecoveryRepository { reading("recoveries", base.recoveries) }
  var breakers: any BreakerRepository { reading("breakers", base.breakers) }
  var components: any ComponentRepository { reading("components", base.components) }
  var processes: any ProcessRepository { reading("processes", base.processes) }
  var feed: any FeedRepository { reading("feed", base.feed) }
  var rejections: any RejectionRepository { reading("rejections", base.rejections) }
  var policies: any PolicyRepository { reading("policies", base.policies) }

  func record(_ sample: CallSample) { base.record(sample) }
  func record(_ entry: LedgerEntry) { base.record(entry) }
  func flush() async throws(LedgerError) { try await base.flush() }
  func settleForReading() async { state.withLock { $0.isSettled = true } }
  func makeID() -> LedgerID { base.makeID() }
}
