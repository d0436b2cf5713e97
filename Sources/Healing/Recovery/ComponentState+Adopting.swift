extension ComponentState {
  /// Takes over what another process has done with the breaker while this one runs, as far as it is later than what
  /// stands here: the state and the override each have a version of their own.
  ///
  /// An open circuit is open here, too, for what is left of its wait; a closed one is closed. While another process
  /// probes, this one keeps away for the length of a probe's lease. Counts towards the threshold stay each
  /// process's own.
  mutating func adopt(_ snapshot: BreakerSnapshot, wall: Timestamp, monotonic now: Int64) {
    // It was so before the component was forgotten.
    guard !isForgotten else { return }
    guard let breaker else { return remember(snapshot) }
    if snapshot.overrideVersion > overrideVersion {
      restoreOverride(of: snapshot, wall: wall, monotonic: now)
    }
    guard snapshot.stateVersion > stateVersion else { return }
    var adopted = snapshot
    switch snapshot.state {
    case .closed where breaker.state == .closed, .halfOpen where breaker.state == .halfOpen:
      return stateMoved(by: LedgerID(rawValue: snapshot.stateVersion))
    case .closed:
      adopted.failureCount = 0
      (adopted.windowCalls, adopted.windowFailures, adopted.windowSlowCalls) = (0, 0, 0)
    case .open:
      break
    case .halfOpen:
      adopted.state = .open
      adopted.openFor = breaker.options.probeLease
      adopted.openUntil = wall + breaker.options.probeLease
    }
    restoreState(adopted, wall: wall, monotonic: now)
    self.breaker?.isProbedElsewhere = snapshot.state == .halfOpen
  }
}
