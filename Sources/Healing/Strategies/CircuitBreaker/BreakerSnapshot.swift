/// What a ledger remembers of a breaker: the latest state of each component's circuit, in wall-clock time.
public struct BreakerSnapshot: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// Closed, open or half-open.
  public var state: CircuitState
  /// Failures in a row.
  public var failureCount: Int
  /// Successful probes while half-open.
  public var successCount: Int
  /// Calls in the window of a rate rule, as of when failures or slow calls last came or left, or the
  /// calls among which there are some doubled; else 0.
  public var windowCalls = 0
  /// Failures among them.
  public var windowFailures = 0
  /// Slow calls among them.
  public var windowSlowCalls = 0
  /// Trips without a close between.
  public var consecutiveTrips: Int
  /// Times the circuit became half-open since it left closed.
  public var probeRounds: Int
  /// When the circuit left closed.
  public var trippedAt: Timestamp?
  /// End of the present wait.
  public var openUntil: Timestamp?
  /// Length of the present wait.
  public var openFor: Duration?
  /// The error that tripped it.
  public var tripErrorID: LedgerID?
  /// The last failure that counted.
  public var lastFailureAt: Timestamp?
  /// What an operator forces.
  public var override: CircuitOverride?
  /// When this was true.
  public var updatedAt: Timestamp
  /// Orders the snapshots that one process takes of one breaker: of two, the higher is the later.
  public var revision: UInt64 = 0
  /// Orders what processes did with the circuit: the id of the transition that ``state`` follows from, 0 before the first.
  /// Of two, the higher is the later.
  public var stateVersion: Int64 = 0
  /// Orders what operators forced and lifted, apart from ``stateVersion``, so that a trip in one process cannot undo an
  /// override from another: the id of the row that ``override`` follows from, 0 before the first.
  public var overrideVersion: Int64 = 0

  /// A closed circuit without counts.
  public init(component: ComponentName, updatedAt: Timestamp) {
    self.component = component
    self.state = .closed
    self.failureCount = 0
    self.successCount = 0
    self.consecutiveTrips = 0
    self.probeRounds = 0
    self.updatedAt = updatedAt
  }

  /// What is left of the wait at `now`: `clamp(openUntil − now, 0, openFor)`, so that a wall clock that was
  /// set back cannot keep a circuit open longer than its wait. Zero unless open.
  public func remainingWait(at now: Timestamp) -> Duration {
    guard state == .open, let openUntil else { return .zero }
    return max(.zero, min(openUntil - now, openFor ?? .zero))
  }

  /// The override that is in force at `now`; `nil` when there is none or it has expired.
  public func activeOverride(at now: Timestamp) -> CircuitOverride? {
    override.flatMap { $0.remaining(at: now) == .zero ? nil : $0 }
  }

  /// Takes the parts of another snapshot of the same breaker that are later than this one's. State and counts are one
  /// part, the override is the other.
  package mutating func merge(_ other: BreakerSnapshot) {
    let own = self
    if (other.stateVersion, other.revision) >= (own.stateVersion, own.revision) {
      self = other
      (override, overrideVersion) = (own.override, own.overrideVersion)
    }
    if (other.overrideVersion, other.revision) >= (own.overrideVersion, own.revision) {
      (override, overrideVersion) = (other.override, other.overrideVersion)
    }
  }
}
