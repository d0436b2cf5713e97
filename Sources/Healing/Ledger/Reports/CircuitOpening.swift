/// One opening of a circuit, from closed until closed again: one row of `breaker_openings`.
public struct CircuitOpening: Sendable, Hashable, Encodable {
  /// Whether the opening was right.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Verdict: String, Sendable, Codable, CaseIterable {
    /// The first probe failed, or at least 5 % of 20 or more calls of other programs failed meanwhile.
    case right
    /// The first probes succeeded, and of 20 or more calls of other programs meanwhile less than 5 % failed.
    case needless
    /// The first probes succeeded, and too few other calls show whether the component had recovered before.
    case unproven
    /// An operator opened the circuit.
    case operated
    /// No probe has ended yet.
    case pending
  }

  /// The component.
  public var component: ComponentName
  /// Id of the change that opened the circuit.
  public var ref: LedgerID
  /// When the circuit opened.
  public var at: Timestamp
  /// Why it opened, such as `failure_threshold`.
  public var reason: String
  /// The operator who opened it; `nil` when the breaker did.
  public var actor: String?
  /// The failure that opened it.
  public var errorID: LedgerID?
  /// When it was closed again; `nil` while it is not.
  public var closedAt: Timestamp?
  /// The operator who closed it; `nil` when the breaker did.
  public var closedBy: String?
  /// Rounds of probes that closed the circuit: 0 or 1.
  public var probesWon: Int64
  /// Rounds of probes that opened it again.
  public var probesLost: Int64
  /// Calls that were rejected in the minutes of the opening.
  public var rejected: Int64
  /// Attempts in the minute of the opening and the one before.
  public var attemptsBefore: Int64
  /// Failed attempts among them.
  public var failuresBefore: Int64
  /// Attempts of programs without this circuit while it was open, before the first probe and at most 5 minutes long.
  public var attemptsMeanwhile: Int64
  /// Failed attempts among them.
  public var failuresMeanwhile: Int64
  /// Rejected calls that would have failed, estimated from the failure rate before the opening and of its probes.
  public var avoidedFailures: Int64
  /// Whether the opening was right.
  public var verdict: Verdict

  package init(
    component: ComponentName, ref: LedgerID, at: Timestamp, reason: String, actor: String?,
    errorID: LedgerID?,
    closedAt: Timestamp?, closedBy: String?, firstProbeSucceeded: Bool?, probesWon: Int64, probesLost: Int64,
    rejected: Int64, attemptsBefore: Int64, failuresBefore: Int64, attemptsMeanwhile: Int64,
    failuresMeanwhile: Int64
  ) {
    self.component = component
    self.ref = ref
    self.at = at
    self.reason = reason
    self.actor = actor
    self.errorID = errorID
    self.closedAt = closedAt
    self.closedBy = closedBy
    self.probesWon = probesWon
    self.probesLost = probesLost
    self.rejected = rejected
    self.attemptsBefore = attemptsBefore
    self.failuresBefore = failuresBefore
    self.attemptsMeanwhile = attemptsMeanwhile
    self.failuresMeanwhile = failuresMeanwhile
    let tried = attemptsBefore.addingClamped(probesWon).addingClamped(probesLost)
    let failed = failuresBefore.addingClamped(probesLost)
    let rate = tried > 0 ? min(1, Double(failed) / Double(tried)) : 0
    avoidedFailures = Int64((Double(rejected) * rate).rounded())
    let isMeasured = attemptsMeanwhile >= 20
    let isBad = Double(failuresMeanwhile) >= 0.05 * Double(attemptsMeanwhile)
    verdict =
      if actor != nil {
        .operated
      } else if firstProbeSucceeded == false || (isMeasured && isBad) {
        .right
      } else if firstProbeSucceeded == nil {
        .pending
      } else if isMeasured {
        .needless
      } else {
        .unproven
      }
  }

  /// How long the circuit was not closed; `nil` while it is not.
  public var duration: Duration? { closedAt.map { max(.zero, $0 - at) } }
}
