package import Healing

/// Errors for which the queue has no room, added up, as a pure state. Counts are exact by component, category, severity and
/// transience; what else an error says is kept as long as there is room for it.
package struct MergedErrors {
  /// Different errors that are kept apart.
  package static let limit = 2_048
  /// Bytes of their text.
  package static let textCapacity = 4 << 20

  /// Errors that differ in none of this are one row. Their messages differ in numbers, ids and the like at most.
  private struct Key: Hashable {
    let component: ComponentName
    let operation: String
    let type: String
    let fingerprint: Fingerprint
    let classification: ErrorClassification
    /// References are not faults of their own, so they are not added to such.
    let isReference: Bool

    init(_ error: ErrorContext) {
      component = error.component
      operation = error.operation
      type = error.type
      fingerprint = error.fingerprint
      var classification = error.classification
      // Not stored, or different each time.
      classification.retryAfter = nil
      classification.isLocalRejection = false
      classification.isCancellation = false
      self.classification = classification
      isReference = error.causeID != nil
    }
  }

  /// What is left of an error when there is no room for more: some of these for each component.
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
    /// That of the first, for references.
    var causeID: LedgerID?
    var occurrences = 0
  }

  private struct Row {
    var error: ErrorContext
    /// Whether it stands for more than what was recorded at once.
    var isMerged = false
  }

  private var rows: [Key: Row] = [:]
  private var text = 0
  private var rest: [Kind: Sum] = [:]

  package var isEmpty: Bool { rows.isEmpty && rest.isEmpty }

  /// Adds an error.
  /// - Returns: how many errors lost their detail by it. The first of its kind loses nothing until a second comes.
  package mutating func add(_ error: ErrorContext) -> Int64 {
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
      return Int64(lost)
    }
    let text = error.text
    if rows.count < Self.limit && self.text + text <= Self.textCapacity {
      rows[key] = Row(error: error)
      rows[key]?.error.occurrences = count
      self.text += text
      return 0
    }
    let kind = Kind(
      component: error.component, category: error.category, severity: error.severity,
      isTransient: error.classification.isTransient, isReference: error.causeID != nil)
    rest[kind, default: Sum(id: error.id, at: error.at, causeID: error.causeID)].occurrences.addClamped(count)
    rest[kind]?.at = error.at
    return Int64(count)
  }

  /// The rows to be written.
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
  /// Several errors are nobody's request in particular.
  fileprivate mutating func leaveOutWhatIsOfOne() {
    requestID = nil
    userID = nil
    metadata = [:]
    executionID = nil
    attempt = 1
  }
}
