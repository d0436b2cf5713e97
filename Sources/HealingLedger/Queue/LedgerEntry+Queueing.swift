package import Healing

extension LedgerEntry {
  /// Number of events of the entry.
  package var events: Int64 {
    switch self {
    case .component, .recoveryStarted, .recoveryEnded, .breaker, .policy, .rejection: 0
    case .error(let error): error.events
    case .recovery(let recovery): Int64(max(1, recovery.occurrences))
    case .sample(let sample): max(1, sample.counts.total)
    default: 1
    }
  }

  /// Bytes of text whose length the caller determines.
  package var text: Int {
    switch self {
    case .error(let error):
      error.text
    case .recovery(let recovery):
      recovery.message.utf8.count + recovery.operation.utf8.count + Self.text(recovery.metadata)
    case .recoveryStarted(let start):
      start.operation.utf8.count
    case .rejection(let call):
      call.operation.utf8.count + (call.requestID?.utf8.count ?? 0) + (call.userID?.utf8.count ?? 0)
    case .policy(let change):
      change.text.json.utf8.count
    case .check(let check):
      check.issues.reduce(check.message.utf8.count) { $0 + $1.utf8.count }
    case .alert(let alert):
      alert.message.utf8.count
    case .transition(let transition, _):
      transition.reason.utf8.count + (transition.actor?.utf8.count ?? 0) + (transition.note?.utf8.count ?? 0)
    case .note(let note):
      note.text.utf8.count + note.actor.utf8.count + note.incident.utf8.count
    case .component, .sample, .recoveryEnded, .breaker, .metricsReset, .forgotten, .unprotectedCalls:
      0
    }
  }

  /// The epoch of a component's metrics that the entry starts; `nil` when it starts none.
  var epoch: (component: ComponentName, at: Timestamp)? {
    switch self {
    case .metricsReset(let name, let at), .forgotten(let name, _, let at, _): (name, at)
    default: nil
    }
  }

  /// Whether the writer writes the entry at once and not after the rest of its interval: a circuit moved, and other
  /// processes must know.
  var isUrgent: Bool {
    if case .transition = self { true } else { false }
  }

  /// Whether the entry waits for others as calls do: a count that changes with almost every call.
  var canWait: Bool {
    switch self {
    case .sample, .breaker: true
    default: false
    }
  }

  /// Returns the entry with the rows of the errors to which it refers; `nil` when nothing changes.
  func replacingErrors(by aliases: ErrorAliases) -> LedgerEntry? {
    switch self {
    case .error(var error):
      guard let row = Self.changed(error.causeID, aliases) else { return nil }
      error.causeID = row
      return .error(error)
    case .recovery(var recovery):
      guard let row = Self.changed(recovery.errorID, aliases) else { return nil }
      recovery.errorID = row
      return .recovery(recovery)
    case .recoveryStarted(var start):
      guard let row = Self.changed(start.errorID, aliases) else { return nil }
      start.errorID = row
      return .recoveryStarted(start)
    case .rejection(var call):
      guard let row = Self.changed(call.errorID, aliases) else { return nil }
      call.errorID = row
      return .rejection(call)
    case .transition(var transition, let breaker):
      guard let row = Self.changed(transition.errorID, aliases) else { return nil }
      transition.errorID = row
      return .transition(transition, breaker)
    default: return nil
    }
  }

  private static func changed(_ error: LedgerID?, _ aliases: ErrorAliases) -> LedgerID? {
    guard let error else { return nil }
    let row = aliases.row(of: error)
    return row == error ? nil : row
  }

  fileprivate static func text(_ metadata: [String: String]) -> Int {
    metadata.isEmpty ? 0 : metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
  }
}

extension ErrorContext {
  /// Number of events of the error.
  package var events: Int64 { Int64(max(1, occurrences)) }

  /// Bytes of text whose length the caller determines.
  package var text: Int { message.utf8.count + operation.utf8.count + LedgerEntry.text(metadata) }
}
