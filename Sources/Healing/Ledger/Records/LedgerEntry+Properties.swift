extension LedgerEntry {
  /// The component that the entry makes known, unless it was forgotten; `nil` for entries without a component, and for a
  /// forgetting.
  package var component: ComponentName? {
    switch self {
    case .component(let name), .metricsReset(let name, _): name
    case .error(let error): error.component
    case .sample(let sample): sample.component
    case .rejection(let call): call.component
    case .policy(let change): change.component
    case .check(let check): check.component
    case .recoveryStarted(let start): start.component
    case .recoveryEnded, .forgotten, .note, .unprotectedCalls: nil
    case .recovery(let recovery): recovery.component
    case .breaker(let breaker): breaker.component
    case .transition(let transition, _): transition.component
    case .alert(let alert): alert.component
    }
  }

  /// The event of the feed that the entry becomes; `nil` when it does not become one.
  package var event: RecoveryEvent? {
    switch self {
    case .error(let error): .error(error)
    case .recovery(let recovery): .recovery(recovery)
    case .transition(let transition, _): .transition(transition)
    case .check(let check): .check(check)
    case .alert(let alert): .alert(alert)
    case .component, .sample, .rejection, .policy, .recoveryStarted, .recoveryEnded, .breaker, .metricsReset,
      .forgotten, .note, .unprotectedCalls:
      nil
    }
  }

  /// The id of the history row that the entry becomes; `nil` when it does not become one.
  package var rowID: LedgerID? {
    if case .rejection(let call) = self { return call.id }
    return event?.id
  }
}
