/// The last errors that clients reported, and which recoveries of them are counted already. A pure value.
///
/// A reported call counts as lost until a successful recovery of its error is reported. A report that a client sends
/// twice, after a timeout, is counted once.
struct ReportedErrors: Sendable {
  /// A reported recovery's effect on the counts of executions.
  struct Correction: Sendable {
    /// The minute whose counts change.
    let at: Timestamp
    /// Extra attempts of a retry: each was reported as a lost call, and all belong to one execution.
    var extraAttempts: Int64 = 0
    /// The execution's outcome in place of `lost`; `nil` when the recovery failed, or an earlier one gave the outcome.
    var outcome: ExecutionOutcome?
  }

  private struct Entry {
    /// Whether the error's call counted as lost.
    let isLost: Bool
    /// When the call counted; `nil` when that is unknown.
    let at: Timestamp?
    var hasExtraAttempts = false
    var hasOutcome = false
  }

  private struct Key: Hashable {
    let component: ComponentName
    let error: LedgerID
  }

  private static let limit = 4_096
  private static let longestUnknownAge = Duration.seconds(3_600)
  private var entries: [Key: Entry] = [:]
  /// A ring buffer of the keys of ``entries`` that starts at ``oldest``, oldest first.
  private var order: [Key] = []
  private var oldest = 0

  mutating func insert(_ error: ErrorContext) {
    let outcome = error.classification.callOutcome
    let isLost = outcome != .callerError && outcome != .cancelled
    insert(Key(component: error.component, error: error.id), Entry(isLost: isLost, at: error.id.time))
  }

  private mutating func insert(_ key: Key, _ entry: Entry) {
    guard entries[key] == nil else { return }
    entries[key] = entry
    guard order.count == Self.limit else { return order.append(key) }
    entries[order[oldest]] = nil
    order[oldest] = key
    oldest = (oldest + 1) % Self.limit
  }

  /// Returns what a recovery changes, and marks it as counted.
  /// - Returns: `nil` when it changes nothing.
  mutating func take(_ recovery: RecoveryRecord) -> Correction? {
    guard let error = recovery.errorID else { return Correction(recovery, at: recovery.at) }
    let key = Key(component: recovery.component, error: error)
    // The error of an execution, or one that the writer merged, has the time of its id. An older unknown id is arbitrary.
    if entries[key] == nil {
      let isRecent = (Duration.zero...Self.longestUnknownAge).contains(recovery.at - error.time)
      insert(key, Entry(isLost: true, at: isRecent ? error.time : nil))
    }
    guard var entry = entries[key], entry.isLost else { return nil }
    var correction = Correction(recovery, at: min(entry.at ?? recovery.at, recovery.at))
    if entry.hasExtraAttempts { correction.extraAttempts = 0 }
    if entry.hasOutcome { correction.outcome = nil }
    entry.hasExtraAttempts = entry.hasExtraAttempts || correction.extraAttempts > 0
    entry.hasOutcome = entry.hasOutcome || correction.outcome != nil
    entries[key] = entry
    return correction
  }
}

extension ReportedErrors.Correction {
  fileprivate init(_ recovery: RecoveryRecord, at: Timestamp) {
    self.at = at
    if recovery.action == .retry || recovery.action == .retryBackoff {
      extraAttempts = max(0, Int64(recovery.attempts).subtractingClamped(Int64(max(1, recovery.occurrences))))
    }
    if recovery.success { outcome = recovery.action.reportedOutcome }
  }
}

extension RecoveryAction {
  /// The outcome that a successful recovery of this action gives its execution; `nil` when the action is not
  /// part of an execution.
  fileprivate var reportedOutcome: ExecutionOutcome? {
    switch self {
    case .retry, .retryBackoff, .restart, .custom: .saved
    case .fallback: .degraded
    case .rollback: .undone
    case .circuitBreak, .alert, .ignore, .escalate: nil
    }
  }
}
