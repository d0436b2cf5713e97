/// The circuit of a component as ``ComponentHealth`` reports it: state, override in force, and why calls are rejected.
public struct CircuitHealth: Sendable, Hashable {
  /// Closed, open or half-open. An override leaves it as it is.
  public var state: CircuitState
  /// The override in force; `nil` when there is none or it has expired.
  public var override: CircuitOverride.Kind?
  /// When the circuit left closed, or with an override when the operator forced it; `nil` while closed, and when the ledger
  /// does not have that time.
  public var since: Timestamp?
  /// Why the circuit left closed, or who forced it and why, without secrets; `nil` while closed.
  public var reason: String?
  /// End of the wait of an open circuit, or of the override; `nil` when there is none.
  public var until: Timestamp?

  private init(_ state: CircuitState) { self.state = state }

  /// A closed circuit without an override.
  public static let closed = CircuitHealth(.closed)

  /// - Parameters:
  ///   - breaker: the breaker in this process or in the ledger.
  ///   - now: an override that has expired by then counts no longer.
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

  /// Whether the circuit rejects calls: it is forced open, or open or half-open and not forced closed.
  public var isInterrupted: Bool {
    switch override {
    case .forcedOpen: true
    case .forcedClosed: false
    case nil: state != .closed
    }
  }

  /// One line for people; `nil` for a closed circuit without an override.
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

  /// The failures, their first error and the trips, as far as the breaker has them.
  private static func reason(of breaker: BreakerSnapshot) -> String {
    var words =
      breaker.failureCount > 0
      ? count(breaker.failureCount, "failure") + " in a row"
        // Only what an operator forced leaves a circuit that has not tripped other than closed.
      : breaker.consecutiveTrips == 0 ? "it was forced open, and probes" : "slow or failed calls"
    if let error = breaker.tripErrorID { words += " (error \(error))" }
    if breaker.consecutiveTrips > 1 { words += ", \(breaker.consecutiveTrips) trips in a row" }
    return words
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  /// A snapshot does not have the start of an override: it follows from the end and the length, or from the id of the row
  /// that recorded it. Versions that an earlier release assigned hold no time.
  private static func start(of override: CircuitOverride, version: Int64) -> Timestamp? {
    if let expiresAt = override.expiresAt, let length = override.holdsFor {
      return expiresAt + (.zero - length)
    }
    let time = LedgerID(rawValue: version).time
    return time.microseconds / 1_000 - LedgerIDGenerator.epochMilliseconds > 86_400_000 ? time : nil
  }
}
