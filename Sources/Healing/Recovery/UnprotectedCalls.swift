import Synchronization

/// The ledger of components that an engine has refused. It counts their calls in a `gap` row of the engine's
/// ledger, and records nothing else.
final class UnprotectedCalls: Ledger {
  private let ledger: any Ledger
  private let calls = Atomic<Int64>(0)

  init(of ledger: any Ledger) { self.ledger = ledger }

  var count: Int64 { calls.load(ordering: .relaxed) }

  /// An unprotected call is not retried, so it has one sample with an outcome.
  func record(_ sample: CallSample) {
    if sample.outcome != nil { record(.unprotectedCalls(1)) }
  }

  func record(_ entry: LedgerEntry) {
    guard case .unprotectedCalls(let count) = entry else { return }
    calls.add(count, ordering: .relaxed)
    ledger.record(entry)
  }

  func flush() async throws(LedgerError) { try await ledger.flush() }
  func makeID() -> LedgerID { ledger.makeID() }

  var errors: any ErrorRepository { ledger.errors }
  var samples: any HealthSampleRepository { ledger.samples }
  var checks: any HealthCheckRepository { ledger.checks }
  var recoveries: any RecoveryRepository { ledger.recoveries }
  var breakers: any BreakerRepository { ledger.breakers }
  var components: any ComponentRepository { ledger.components }
  var processes: any ProcessRepository { ledger.processes }
  var feed: any FeedRepository { ledger.feed }
  var rejections: any RejectionRepository { ledger.rejections }
  var policies: any PolicyRepository { ledger.policies }
  var outages: any OutageRepository { ledger.outages }
}
