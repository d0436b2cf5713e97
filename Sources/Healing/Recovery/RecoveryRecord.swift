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
  /// How many recoveries the row stands for: 1, or more when the ledger had to merge.
  public var occurrences: Int

  /// A record from its parts. Secrets are removed from its texts here.
  public init(
    id: LedgerID, at: Timestamp, component: ComponentName, operation: String, executionID: LedgerID? = nil,
    errorID: LedgerID? = nil, action: RecoveryAction, outcome: Outcome, attempts: Int, duration: Duration,
    message: String = "", metadata: [String: String] = [:], occurrences: Int = 1
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
  }

  /// Whether the strategy helped.
  public var success: Bool { outcome == .succeeded }
}
