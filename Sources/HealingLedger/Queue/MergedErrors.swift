package import Healing

/// Merges errors for which the queue has no room, as a pure state machine. Counts are exact by component,
/// category, severity and transience. Other details are kept while there is room.
package struct MergedErrors {
  /// Maximum number of distinct errors.
  package static let limit = 2_048
  /// Limit of their text, in bytes.
  package static let textCapacity = 4 << 20

  /// Errors with equal keys share a row. Their messages differ at most in numbers, ids and the like.
  private struct Key: Hashable {
    let component: ComponentName
    let operation: String
    let type: String
    let fingerprint: Fingerprint
    let classification: ErrorClassification
    /// References are not separate faults, so they are not merged with faults.
    let isReference: Bool

    init(_ error: ErrorContext) {
      component = error.component
      operation = error.operation
      type = error.type
      fingerprint = error.fingerprint
      var classification = error.classification
      // Not stored, or different for each error.
      classification.retryAfter = nil
      classification.isLocalRejection = false
      classification.isCancellation = false
      self.classification = classification
      isReference = error.causeID != nil
    }
  }

  /// The key of errors without room for details. Each component has a limited number of kinds.
  private struct Kind: Hashable {
    let component: ComponentName
    let category: ErrorCategory
    let severity: ErrorSeverity
    let isTransient: Bool
    let isReference: Bool
  }
  private struct Sum {
    var id: LedgerID
    var at: Timestamp
    /// Cause of the first error, for references.
    var causeID: LedgerID?
    var occurrences = 0
  }

  private struct Row {
    var error: ErrorContext
    /// Whether the row merges several recorded errors.
    var isMerged = false
  }

  private var rows: [Key: Row] = [:]
  private var text = 0
  private var rest: [Kind: Sum] = [:]

  package var isEmpty: Bool { rows.isEmpty && rest.isEmpty }

  /// Adds an error.
  /// - Returns: number of errors that lost their details, and the id of the row. The first error of a key keeps its
  ///   details until a second is added.
  package mutating func add(_ error: ErrorContext) -> (lost: Int64, row: LedgerID) {
    let count = max(1, error.occurrences)
    let key = Key(error)
    if var row = rows[key] {
      var lost = count
      if !row.isMerged {
        lost.addClamped(row.error.occurrences)
        row.error.leaveOutWhatIsOfOne()
        row.isMerged = true
      }
      if row.error.classification.retryAfter != error.classification.retryAfter {
        row.error.classification.retryAfter = nil
      }
      row.error.at = error.at
      row.error.occurrences.addClamped(count)
      rows[key] = row
      return (Int64(lost), row.error.id)
    }
    let text = error.text
    if rows.count < Self.limit && self.text + text <= Self.textCapacity {
      rows[key] = Row(error: error)
      rows[key]?.error.occurrences = count
      self.text += text
      return (0, error.id)
    }
    let kind = Kind(
      component: error.component, category: error.category, severity: error.severity,
      isTransient: error.classification.isTransient, isReference: error.causeID != nil)
    rest[kind, default: Sum(id: error.id, at: error.at, causeID: error.causeID)].occurrences.addClamped(count)
    rest[kind]?.at = error.at
    return (Int64(count), rest[kind]?.id ?? error.id)
  }

  /// The rows to write.
  package var all: [ErrorContext] {
    rows.values.map(\.error)
      + rest.map { kind, sum in
        ErrorContext(
          id: sum.id, at: sum.at, component: kind.component, operation: "merged",
          classification: ErrorClassification(
            category: kind.category, severity: kind.severity, isTransient: kind.isTransient, rule: "merged"),
          type: "merged", message: "errors of several kinds that were merged under overload",
          fingerprint: Fingerprint(text: "v2:merged"), occurrences: sum.occurrences,
          causeID: sum.causeID)
      }
  }
}

extension ErrorContext {
  /// Removes the details of a single request: a row for several errors belongs to none.
  fileprivate mutating func leaveOutWhatIsOfOne() {
    requestID = nil
    userID = nil
    metadata = [:]
    executionID = nil
    parentExecutionID = nil
    attempt = 1
  }
}
