package import Healing

/// Merges recoveries for which the queue has no room, as a pure state machine. Counts, attempts and durations
/// are exact by component, action and outcome. Operation and strategy are kept apart while there is room.
package struct MergedRecoveries {
  /// Maximum number of distinct recoveries.
  package static let limit = 2_048
  /// Limit of their text, in bytes.
  package static let textCapacity = 4 << 20

  private struct Key: Hashable {
    let component: ComponentName
    let action: RecoveryAction
    let outcome: RecoveryRecord.Outcome
    let operation: String
    let strategy: String?
    let gaveUp: RecoveryRecord.GaveUp?
  }
  /// The key of recoveries without room for details. Each component has a limited number of kinds.
  private struct Kind: Hashable {
    let component: ComponentName
    let action: RecoveryAction
    let outcome: RecoveryRecord.Outcome
    let gaveUp: RecoveryRecord.GaveUp?
  }
  private struct Sum {
    let id: LedgerID
    var at: Timestamp
    var occurrences = 0
    var attempts = 0
    var duration = Duration.zero
    var longest = Duration.zero
  }

  private struct Row {
    var recovery: RecoveryRecord
    /// Whether the row merges several recorded recoveries.
    var isMerged = false
  }

  private var rows: [Key: Row] = [:]
  private var text = 0
  private var rest: [Kind: Sum] = [:]

  package var isEmpty: Bool { rows.isEmpty && rest.isEmpty }

  /// Adds a recovery.
  /// - Returns: number of recoveries that lost their details. The first recovery of a key keeps its details
  ///   until a second is added.
  package mutating func add(_ recovery: RecoveryRecord) -> Int64 {
    let count = max(1, recovery.occurrences)
    let key = Key(
      component: recovery.component, action: recovery.action, outcome: recovery.outcome,
      operation: recovery.operation, strategy: recovery.metadata["strategy"],
      gaveUp: recovery.gaveUp)
    if rows[key] != nil { return merge(recovery, into: key, count) }
    let text = LedgerEntry.recovery(recovery).text
    if rows.count < Self.limit && self.text + text <= Self.textCapacity {
      self.text += text
      rows[key] = Row(recovery: recovery)
      rows[key]?.recovery.occurrences = count
      return 0
    }
    let kind = Kind(
      component: recovery.component, action: recovery.action, outcome: recovery.outcome,
      gaveUp: recovery.gaveUp)
    var sum = rest[kind] ?? Sum(id: recovery.id, at: recovery.at)
    sum.at = recovery.at
    sum.occurrences.addClamped(count)
    sum.attempts.addClamped(recovery.attempts)
    sum.duration += recovery.duration
    sum.longest = max(sum.longest, recovery.longest ?? recovery.duration)
    rest[kind] = sum
    return Int64(count)
  }

  private mutating func merge(_ recovery: RecoveryRecord, into key: Key, _ count: Int) -> Int64 {
    guard var row = rows[key] else { return 0 }
    var lost = count
    if !row.isMerged {
      lost.addClamped(row.recovery.occurrences)
      row.recovery.executionID = nil
      row.recovery.errorID = nil
      row.recovery.requestID = nil
      row.recovery.parentExecutionID = nil
      row.recovery.userID = nil
      row.isMerged = true
    }
    if row.recovery.message != recovery.message { row.recovery.message = "" }
    if row.recovery.metadata != recovery.metadata {
      row.recovery.metadata = key.strategy.map { ["strategy": $0] } ?? [:]
    }
    row.recovery.at = recovery.at
    row.recovery.occurrences.addClamped(count)
    row.recovery.attempts.addClamped(recovery.attempts)
    row.recovery.longest = max(
      row.recovery.longest ?? row.recovery.duration, recovery.longest ?? recovery.duration)
    row.recovery.duration += recovery.duration
    rows[key] = row
    return Int64(lost)
  }

  /// The rows to write.
  package var all: [RecoveryRecord] {
    rows.values.map(\.recovery)
      + rest.map { kind, sum in
        var recovery = RecoveryRecord(
          id: sum.id, at: sum.at, component: kind.component, operation: "merged", action: kind.action,
          outcome: kind.outcome, attempts: sum.attempts, duration: .zero,
          message: "recoveries of several operations that were merged under overload",
          occurrences: sum.occurrences, gaveUp: kind.gaveUp)
        // Set afterwards: the initialiser clamps a duration to that of one recovery.
        recovery.duration = sum.duration
        recovery.longest = sum.longest
        return recovery
      }
  }
}
