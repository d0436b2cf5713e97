package import Healing
import Synchronization

/// A ledger that counts how often each of its parts is read.
package final class CountingLedger: Ledger {
  private let base: any Ledger
  private let counts = Lock<[String: Int]>([:])

  package init(_ base: any Ledger) { self.base = base }

  /// By part, since the last call.
  package func takeCounts() -> [String: Int] {
    counts.withLock { counts in
      defer { counts = [:] }
      return counts
    }
  }

  private func asked(_ part: String) -> any Ledger {
    counts.withLock { $0[part, default: 0] += 1 }
    return base
  }

  package var errors: any ErrorRepository { asked("errors").errors }
  package var samples: any HealthSampleRepository { asked("samples").samples }
  package var checks: any HealthCheckRepository { asked("checks").checks }
  package var recoveries: any RecoveryRepository { asked("recoveries").recoveries }
  package var breakers: any BreakerRepository { asked("breakers").breakers }
  package var components: any ComponentRepository { asked("components").components }
  package var processes: any ProcessRepository { asked("processes").processes }
  package var feed: any FeedRepository { asked("feed").feed }
  package var rejections: any RejectionRepository { asked("rejections").rejections }
  package var policies: any PolicyRepository { asked("policies").policies }

  package func record(_ sample: CallSample) { base.record(sample) }
  package func record(_ entry: LedgerEntry) { base.record(entry) }
  package func flush() async throws(LedgerError) { try await base.flush() }
  package func makeID() -> LedgerID { base.makeID() }
  package func watchBreakers(_ handler: @escaping @Sendable ([BreakerSnapshot]) -> Void) throws(LedgerError) {
    try base.watchBreakers(handler)
  }
}
