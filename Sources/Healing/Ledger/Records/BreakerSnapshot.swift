/// The latest state of a component's circuit breaker as the ledger stores it, in wall-clock time.
public struct BreakerSnapshot: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// Closed, open or half-open.
  public var state: CircuitState
  /// Failures in a row.
  public var failureCount: Int
  /// Successful probes while half-open.
  public var successCount: Int
  /// Calls in the window of a rate rule, otherwise 0. In the ledger, as of the last time that a failure or slow
  /// call entered or left the window, or that the call count doubled while the window had one.
  public var windowCalls = 0
  /// Failures among ``windowCalls``.
  public var windowFailures = 0
  /// Slow calls among ``windowCalls``.
  public var windowSlowCalls = 0
  /// Trips since the circuit was last closed.
  public var consecutiveTrips: Int
  /// Times the circuit became half-open since it left closed.
  public var probeRounds: Int
  /// When the circuit left closed; `nil` while closed.
  public var trippedAt: Timestamp?
  /// End of the current wait; `nil` unless open.
  public var openUntil: Timestamp?
  /// Length of the current wait; `nil` unless open.
  public var openFor: Duration?
  /// The error that tripped the circuit.
  public var tripErrorID: LedgerID?
  /// When the last failure was counted.
  public var lastFailureAt: Timestamp?
  /// The override; `nil` without one. It may have expired: ``activeOverride(at:)``.
  public var override: CircuitOverride?
  /// When the snapshot was taken.
  public var updatedAt: Timestamp
  /// Orders the snapshots that one process takes of one breaker: the higher one is later.
  public var revision: UInt64 = 0
  /// Version of the circuit's state over all processes: the id of the transition that ``state`` follows from, 0
  /// before the first. The higher one is later.
  public var stateVersion: Int64 = 0
  /// Version of the override over all processes: the id of the row that ``override`` follows from, 0 before the
  /// first. It is separate from ``stateVersion``, so that a trip in one process does not undo an override from
  /// another.
  public var overrideVersion: Int64 = 0

  /// Creates the snapshot of a closed circuit without counts.
  public init(component: ComponentName, updatedAt: Timestamp) {
    self.component = component
    self.state = .closed
    self.failureCount = 0
    self.successCount = 0
    self.consecutiveTrips = 0
    self.probeRounds = 0
    self.updatedAt = updatedAt
  }

  /// Returns the remaining wait at `now`: `clamp(openUntil − now, 0, openFor)`, so that a wall clock that was
  /// set back does not keep a circuit open longer than its wait. Zero unless open.
  public func remainingWait(at now: Timestamp) -> Duration {
    guard state == .open, let openUntil else { return .zero }
    return max(.zero, min(openUntil - now, openFor ?? .zero))
  }

  /// Returns the override in force at `now`; `nil` without one, or when it has expired.
  public func activeOverride(at now: Timestamp) -> CircuitOverride? {
    override.flatMap { $0.remaining(at: now) == .zero ? nil : $0 }
  }

  /// Takes each part of another snapshot of the same breaker that is later than this one's. State and counts
  /// are one part, the override is the other.
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

extension BreakerSnapshot: Encodable {
  private enum CodingKeys: String, CodingKey {
    case component, state, override, tripped, timestamp
    case failureCount = "failure_count"
    case successCount = "success_count"
    case lastFailure = "last_failure"
    case remainingMs = "remaining_ms"
    case consecutiveTrips = "consecutive_trips"
    case probeRounds = "probe_rounds"
    case openUntil = "open_until"
    case tripErrorId = "trip_error_id"
  }

  /// Encodes the fields of an entry of `GET /circuit-breakers` as of ``updatedAt``, and `component`,
  /// `consecutive_trips`, `probe_rounds`, `tripped`, `open_until`, `trip_error_id` and `timestamp`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(component, forKey: .component)
    try container.encode(state, forKey: .state)
    try container.encode(failureCount, forKey: .failureCount)
    try container.encode(successCount, forKey: .successCount)
    try container.encode(lastFailureAt, forKey: .lastFailure)
    try container.encode(remainingWait(at: updatedAt).milliseconds, forKey: .remainingMs)
    try container.encode(activeOverride(at: updatedAt)?.kind, forKey: .override)
    try container.encode(consecutiveTrips, forKey: .consecutiveTrips)
    try container.encode(probeRounds, forKey: .probeRounds)
    try container.encode(trippedAt, forKey: .tripped)
    try container.encode(openUntil, forKey: .openUntil)
    try container.encode(tripErrorID, forKey: .tripErrorId)
    try container.encode(updatedAt, forKey: .timestamp)
  }
}
