extension ComponentState {
  /// Applies another process's change to the breaker if it is later than this process's state. The state and
  /// the override have separate versions.
  ///
  /// An adopted open circuit is open here for the rest of its wait; an adopted closed one is closed. While
  /// another process probes, this process rejects calls for the length of a probe's lease. Each process counts
  /// towards the threshold separately.
  mutating func applyRemote(_ snapshot: BreakerSnapshot, wall: Timestamp, monotonic now: Int64) {
    // The change predates the forgetting of the component.
    guard !isForgotten else { return }
    guard let breaker else { return cachePending(snapshot) }
    // A reset changes state and override at once: both have its version.
    let isReset = snapshot.overrideVersion == snapshot.stateVersion
    if snapshot.overrideVersion > overrideVersion {
      restoreOverride(of: snapshot, wall: wall, monotonic: now)
    }
    guard snapshot.stateVersion > stateVersion else { return }
    var adopted = snapshot
    switch snapshot.state {
    case .closed where breaker.state == .closed && !isReset, .halfOpen where breaker.state == .halfOpen:
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
