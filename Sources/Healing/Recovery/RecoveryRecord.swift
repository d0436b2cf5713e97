/// One strategy carried out for one execution: one row of the ledger.
public struct RecoveryRecord: Sendable, Hashable {
  /// How it ended.
  public enum Outcome: String, Sendable, Codable, CaseIterable {
    /// The strategy helped.
    case succeeded
    /// It did not.
    case failed
    /// The caller gave up meanwhile.
    case cancelled
    /// The process ended before the strategy did; found at the next start.
    case interrupted
  }

  /// Why a recovery that did not succeed ended.
  public enum GaveUp: String, Sendable, Codable, CaseIterable {
    /// The allowed attempts were used up.
    case attempts
    /// The circuit opened.
    case circuit
    /// The retry budget was spent.
    case budget
    /// The wait would have ended after the execution's time limit, or the time was over.
    case deadline
    /// The last error is not transient.
    case notTransient = "not_transient"
    /// The other side asked for a longer wait than the policy allows.
    case waitTooLong = "wait_too_long"
    /// The caller cancelled.
    case cancelled
  }

  /// The row's id.
  public var id: LedgerID
  /// When it ended.
  public var at: Timestamp
  /// The component it was for.
  public var component: ComponentName
  /// The call on it, without secrets.
  public let operation: String
  /// The execution it belongs to.
  public var executionID: LedgerID?
  /// The error that made it necessary.
  public var errorID: LedgerID?
  /// What was done.
  public var action: RecoveryAction
  /// How it ended.
  public var outcome: Outcome
  /// How many tries it took, the execution's first attempt not counted for fallbacks.
  public var attempts: Int
  /// How long it took, up to 115 days.
  public package(set) var duration: Duration
  /// The longest of those that were merged into it; `nil` when that is ``duration``.
  package var longest: Duration?
  /// One line for people, without secrets.
  public package(set) var message: String
  /// Anything else, without secrets; a custom strategy's name stands under `strategy`.
  public package(set) var metadata: [String: String]
  /// The caller's request id, without secrets.
  public package(set) var requestID: String?
  /// The user on whose behalf the call was made, without secrets.
  public package(set) var userID: String?
  /// Why it ended without success; `nil` when it succeeded or did not say.
  public var gaveUp: GaveUp?
  /// How many recoveries the row stands for: 1, or more when the ledger had to merge.
  public var occurrences: Int

  /// A record from its parts. Secrets are removed from its texts here.
  public init(
    id: LedgerID, at: Timestamp, component: ComponentName, operation: String, executionID: LedgerID? = nil,
    errorID: LedgerID? = nil, action: RecoveryAction, outcome: Outcome, attempts: Int, duration: Duration,
    message: String = "", metadata: [String: String] = [:], occurrences: Int = 1, requestID: String? = nil,
    userID: String? = nil, gaveUp: GaveUp? = nil
  ) {
    self.id = id
    self.at = at
    self.component = component
    self.operation = Redactor.redactName(operation)
    self.executionID = executionID
    self.errorID = errorID
    self.action = action
    self.outcome = outcome
    self.attempts = attempts
    self.duration = min(max(.zero, duration), .microseconds(CallCounts.longestDuration))
    self.message = Redactor.redact(message)
    self.metadata = Redactor.redact(metadata)
    self.occurrences = occurrences
    self.requestID = requestID.map(Redactor.redactName)
    self.userID = userID.map(Redactor.redactName)
    self.gaveUp = gaveUp
  }

  /// Whether the strategy helped.
  public var success: Bool { outcome == .succeeded }
}
