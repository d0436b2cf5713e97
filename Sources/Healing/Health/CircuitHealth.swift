/// The circuit of a component as ``ComponentHealth`` reports it: state, active override, and why calls are
/// rejected.
public struct CircuitHealth: Sendable, Hashable {
  /// Closed, open or half-open. An override does not change it.
  public var state: CircuitState
  /// The kind of the active override; `nil` without one, or when it has expired.
  public var override: CircuitOverride.Kind?
  /// When the circuit left closed, or when the operator set the override. `nil` for a closed circuit without an
  /// override, and when the ledger does not have the time.
  public var since: Timestamp?
  /// Why the circuit left closed, or who set the override and why, without secrets; `nil` for a closed circuit
  /// without an override.
  public var reason: String?
  /// End of an open circuit's wait, or of the override; `nil` without an end.
  public var until: Timestamp?

  private init(_ state: CircuitState) { self.state = state }

  /// A closed circuit without an override.
  public static let closed = CircuitHealth(.closed)

  /// Creates the circuit of a breaker.
  /// - Parameters:
  ///   - breaker: the breaker in this process or in the ledger.
  ///   - now: time at which the override's expiry is checked.
  public init(_ breaker: BreakerSnapshot, at now: Timestamp) {
    state = breaker.state
    if let override = breaker.activeOverride(at: now) {
      self.override = override.kind
      since = Self.start(of: override, version: breaker.overrideVersion).map { min($0, now) }
      reason = "by \(override.actor): \(override.reason)"
      until = override.expiresAt
    } else if breaker.state != .closed {
      since = breaker.trippedAt.map { min($0, now) }
      reason = Self.reason(of: breaker)
      until = breaker.openUntil
    }
  }

  /// Whether the circuit rejects calls: it is forced open, or it is open or half-open and not forced closed.
  public var isInterrupted: Bool {
    switch override {
    case .forcedOpen: true
    case .forcedClosed: false
    case nil: state != .closed
    }
  }

  /// A one-line message; `nil` for a closed circuit without an override.
  var message: String? {
    let condition: String
    switch (override, state) {
    case (.forcedOpen, _): condition = "forced open"
    case (.forcedClosed, _): condition = "forced closed"
    case (nil, .open): condition = "open"
    case (nil, .halfOpen): condition = "half-open, not closed"
    case (nil, .closed): return nil
    }
    let start = since.map { " since \($0.iso8601Seconds)" } ?? ""
    let reason = reason.map { override == nil ? ": \($0)" : " \($0)" } ?? ""
    return "circuit \(condition)\(start)\(reason)"
  }

  /// Returns the failures, their first error and the number of trips, as far as the breaker has them.
  private static func reason(of breaker: BreakerSnapshot) -> String {
    var words =
      breaker.failureCount > 0
      ? count(breaker.failureCount, "failure") + " in a row"
        // Without a trip, only an expired forced-open override leaves the circuit half-open.
      : breaker.consecutiveTrips == 0 ? "it was forced open, and probes" : "slow or failed calls"
    if let error = breaker.tripErrorID { words += " (error \(error))" }
    if breaker.consecutiveTrips > 1 { words += ", \(breaker.consecutiveTrips) trips in a row" }
    return words
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  /// Returns the start of an override. A snapshot does not store it: it follows from the expiry and the length,
  /// or from the id of the row that recorded the override. Versions that an earlier release assigned have no
  /// time: `nil`.
  private static func start(of override: CircuitOverride, version: Int64) -> Timestamp? {
    if let expiresAt = override.expiresAt, let length = override.holdsFor {
      return expiresAt + (.zero - length)
    }
    let time = LedgerID(rawValue: version).time
    return time.microseconds / 1_000 - LedgerIDGenerator.epochMilliseconds > 86_400_000 ? time : nil
  }
}

extension CircuitHealth: Encodable {
  private enum CodingKeys: String, CodingKey {
    case state, override, since, reason, until
  }

  /// Encodes the fields of `circuit` in `GET /health?component=`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(state, forKey: .state)
    try container.encode(override, forKey: .override)
    try container.encode(since, forKey: .since)
    try container.encode(reason, forKey: .reason)
    try container.encode(until, forKey: .until)
  }
}
