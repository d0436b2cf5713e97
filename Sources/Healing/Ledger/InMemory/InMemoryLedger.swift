import Synchronization

/// A ledger that forgets at the end of the process: for tests, and for services that only want the policies.
///
/// Rows are kept up to ``rowLimit`` of each kind, the oldest go first; totals are exact from the start, ranges of
/// time reach back one day.
public final class InMemoryLedger: Ledger {
  /// Rows that are kept of each kind.
  public static let rowLimit = 10_000

  private let state: Lock<InMemoryState>
  private let time: any TimeSource
  private let ids: LedgerIDGenerator

  /// An empty ledger.
  public init(time: any TimeSource = SystemTimeSource()) {
    self.time = time
    ids = LedgerIDGenerator(node: 0, time: time)
    state = Lock(InMemoryState())
  }

  /// Records one attempt. Returns at once.
  public func record(_ sample: CallSample) {
    let wall = time.wallClock().microseconds
    let at = wall - (time.monotonicNanoseconds() - sample.endedAt) / 1000
    record(.sample(HealthSample(sample, at: Timestamp(microseconds: at))))
  }

  /// Notes something else. Returns at once.
  public func record(_ entry: LedgerEntry) {
    let now = time.wallClock()
    state.withLock { $0.apply(entry, at: now) }
  }

  /// Nothing to wait for.
  public func flush() async throws(LedgerError) {}

  /// A new id for a row of this ledger.
  public func makeID() -> LedgerID { ids.next() }

  /// Failed attempts.
  public var errors: any ErrorRepository { InMemoryRepositories(ledger: self) }
  /// Outcomes and durations of attempts.
  public var samples: any HealthSampleRepository { InMemoryRepositories(ledger: self) }
  /// Evaluations of components, and alerts.
  public var checks: any HealthCheckRepository { InMemoryRepositories(ledger: self) }
  /// Recoveries and the reports on them.
  public var recoveries: any RecoveryRepository { InMemoryRepositories(ledger: self) }
  /// Circuit breakers.
  public var breakers: any BreakerRepository { InMemoryRepositories(ledger: self) }
  /// The components known.
  public var components: any ComponentRepository { InMemoryComponents(ledger: self) }
  /// The programs that wrote.
  public var processes: any ProcessRepository { InMemoryProcesses() }
  /// What happened, in the order in which it was written down.
  public var feed: any FeedRepository { InMemoryFeed(ledger: self) }
  /// Calls that were not made.
  public var rejections: any RejectionRepository { InMemoryRejections(ledger: self) }
  /// The policies that components had.
  public var policies: any PolicyRepository { InMemoryPolicies(ledger: self) }

  func read<Value>(_ body: (InMemoryState) -> sending Value) -> Value {
    state.withLock { body($0) }
  }
}
