import Synchronization

/// A ledger in memory, which is lost at the end of the process: for tests, and for services that need only the
/// policies.
///
/// At least the newest ``rowLimit`` rows of each kind are kept. All-time totals are exact; time ranges reach back
/// one day.
public final class InMemoryLedger: Ledger {
  /// Minimum number of rows kept of each kind; older rows are removed in bulk.
  public static let rowLimit = 10_000

  private let state: Lock<InMemoryState>
  private let time: any TimeSource
  private let ids: LedgerIDGenerator

  /// Creates an empty ledger.
  public init(time: any TimeSource = SystemTimeSource()) {
    self.time = time
    ids = LedgerIDGenerator(node: 0, time: time)
    state = Lock(InMemoryState())
  }

  /// Records one attempt. Does not block on I/O.
  public func record(_ sample: CallSample) {
    let wall = time.wallClock().microseconds
    let at = wall - (time.monotonicNanoseconds() - sample.endedAt) / 1000
    record(.sample(HealthSample(sample, at: Timestamp(microseconds: at))))
  }

  /// Records an entry. Does not block on I/O.
  public func record(_ entry: LedgerEntry) {
    let now = time.wallClock()
    state.withLock { $0.apply(entry, at: now) }
  }

  /// Returns at once: no entry is pending.
  public func flush() async throws(LedgerError) {}

  /// Returns a new id for a row of this ledger.
  public func makeID() -> LedgerID { ids.next() }

  /// Failed attempts.
  public var errors: any ErrorRepository { InMemoryRepositories(ledger: self) }
  /// Outcomes and durations of attempts.
  public var samples: any HealthSampleRepository { InMemoryRepositories(ledger: self) }
  /// Checks of components, and alerts.
  public var checks: any HealthCheckRepository { InMemoryRepositories(ledger: self) }
  /// Recoveries and their reports.
  public var recoveries: any RecoveryRepository { InMemoryRepositories(ledger: self) }
  /// Circuit breakers.
  public var breakers: any BreakerRepository { InMemoryRepositories(ledger: self) }
  /// The known components.
  public var components: any ComponentRepository { InMemoryComponents(ledger: self) }
  /// The processes that wrote; empty in memory.
  public var processes: any ProcessRepository { InMemoryProcesses() }
  /// The events, in the order in which they were recorded.
  public var feed: any FeedRepository { InMemoryFeed(ledger: self) }
  /// Rejected calls.
  public var rejections: any RejectionRepository { InMemoryRejections(ledger: self) }
  /// The policies of components.
  public var policies: any PolicyRepository { InMemoryPolicies(ledger: self) }

  func read<Value>(_ body: (InMemoryState) -> sending Value) -> Value {
    state.withLock { body($0) }
  }
}
