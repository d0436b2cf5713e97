import Healing

extension LedgerEntry {
  /// Bytes of text of a length that the caller decides.
  var text: Int {
    switch self {
    case .error(let error):
      error.message.utf8.count + error.operation.utf8.count + Self.text(error.metadata)
    case .recovery(let recovery):
      recovery.message.utf8.count + recovery.operation.utf8.count + Self.text(recovery.metadata)
    case .recoveryStarted(let start):
      start.operation.utf8.count
    case .check(let check):
      check.issues.reduce(check.message.utf8.count) { $0 + $1.utf8.count }
    case .alert(let alert):
      alert.message.utf8.count
    case .transition(let transition, _):
      transition.reason.utf8.count + (transition.actor?.utf8.count ?? 0) + (transition.note?.utf8.count ?? 0)
    case .component, .sample, .recoveryEnded, .breaker, .metricsReset, .forgotten, .unprotectedCalls:
      0
    }
  }

  private static func text(_ metadata: [String: String]) -> Int {
    metadata.isEmpty ? 0 : metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
  }
}
