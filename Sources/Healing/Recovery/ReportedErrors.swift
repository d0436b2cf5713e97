/// The last errors that clients reported, and what their recoveries have corrected already. A pure value.
///
/// A reported call counts as lost until a successful recovery of its error is reported. A report that a client sends
/// twice, after a timeout, is counted once.
struct ReportedErrors: Sendable {
  private struct Entry {
    /// Whether the error's call counted as lost.
    let isLost: Bool
    /// When the call counted; `nil` when that is unknown.
    let at: Timestamp?
    /// Extra attempts that the recoveries have corrected.
    var extraAttempts: Int64 = 0
    /// Whether a recovery has given the execution its outcome.
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

  /// - Parameter recoveries: those of the error that were counted before, by an earlier run.
  mutating func insert(_ error: ErrorContext, recoveries: [RecoveryRecord] = []) {
    let outcome = error.classification.callOutcome
    let isLost = outcome != .callerError && outcome != .cancelled
    var entry = Entry(isLost: isLost, at: error.id.time)
    for recovery in recoveries where recovery.errorID == error.id && recovery.executionID == nil {
      entry.extraAttempts = max(entry.extraAttempts, recovery.reportedExtraAttempts)
      entry.hasOutcome = entry.hasOutcome || recovery.reportedOutcome != nil
    }
    insert(Key(component: error.component, error: error.id), entry)
  }

  func contains(_ error: LedgerID, of component: ComponentName) -> Bool {
    entries[Key(component: component, error: error)] != nil
  }

  private mutating func insert(_ key: Key, _ entry: Entry) {
    guard entries[key] == nil else { return }
    entries[key] = entry
    guard order.count == Self.limit else { return order.append(key) }
    entries[order[oldest]] = nil
    order[oldest] = key
    oldest = (oldest + 1) % Self.limit
  }

  /// Returns what a recovery corrects, and in which minutes: from the returned time to that of the recovery. Marks it as counted.
  /// - Returns: `nil` when it corrects nothing.
  mutating func take(_ recovery: RecoveryRecord) -> (Timestamp, ExecutionCorrections)? {
    guard let error = recovery.errorID else {
      return (recovery.at, recovery.corrections(extra: recovery.reportedExtraAttempts, hasOutcome: false))
    }
    let key = Key(component: recovery.component, error: error)
    // The error of an execution, or one that the writer merged, has the time of its id. An older unknown id is arbitrary.
    if entries[key] == nil {
      let isRecent = (Duration.zero...Self.longestUnknownAge).contains(recovery.at - error.time)
      insert(key, Entry(isLost: true, at: isRecent ? error.time : nil))
    }
    guard var entry = entries[key], entry.isLost else { return nil }
    let extra = max(0, recovery.reportedExtraAttempts - entry.extraAttempts)
    let corrections = recovery.corrections(extra: extra, hasOutcome: entry.hasOutcome)
    entry.extraAttempts += extra
    entry.hasOutcome = entry.hasOutcome || recovery.reportedOutcome != nil
    entries[key] = entry
    return (min(entry.at ?? recovery.at, recovery.at), corrections)
  }
}

extension RecoveryRecord {
  fileprivate var isRetry: Bool { action == .retry || action == .retryBackoff }
  private var executions: Int64 { Int64(max(1, occurrences)) }

  /// Attempts of the retry after the first. A retry that succeeded made at least one.
  fileprivate var reportedExtraAttempts: Int64 {
    guard isRetry else { return 0 }
    let extra = Int64(attempts).subtractingClamped(executions)
    return max(success ? executions : 0, extra)
  }

  /// The outcome that the recovery gives its execution; `nil` when it failed, or when its action is no part of an execution.
  fileprivate var reportedOutcome: ExecutionOutcome? {
    guard success else { return nil }
    return switch action {
    case .retry, .retryBackoff, .restart, .custom: .saved
    case .fallback: .degraded
    case .rollback: .undone
    case .circuitBreak, .alert, .ignore, .escalate: nil
    }
  }

  /// - Parameters:
  ///   - extra: extra attempts that no earlier recovery of the error has corrected.
  ///   - hasOutcome: whether an earlier recovery of the error has given its execution an outcome.
  fileprivate func corrections(extra: Int64, hasOutcome: Bool) -> ExecutionCorrections {
    var corrections = ExecutionCorrections()
    corrections.until = at
    corrections.extraAttempts = extra
    corrections.executions = extra > 0 ? executions : 0
    let outcome = hasOutcome ? nil : reportedOutcome
    // Of a retry each extra attempt, or each failed one and the first, was reported as lost.
    corrections.lost = max(extra, outcome == nil ? 0 : executions)
    if extra > 0 && outcome == nil && !hasOutcome { corrections.stillLost = executions }
    switch outcome {
    case .saved: corrections.saved = executions
    case .degraded: corrections.degraded = executions
    case .undone: corrections.undone = executions
    case .lost, .interrupted, nil: break
    }
    return corrections
  }
}
