extension ComponentState {
  /// Takes over what another process has done with the breaker while this one runs.
  ///
  /// An open circuit is open here, too, for what is left of its wait; a closed one is closed. While another process
  /// probes, this one keeps away for the length of a probe's lease. Counts towards the threshold stay each
  /// process's own.
  mutating func adopt(_ snapshot: BreakerSnapshot, wall: Timestamp, monotonic now: Int64) {
    // It was so before the component was forgotten.
    guard !isForgotten else { return }
    guard let breaker else { return remember(snapshot) }
    if snapshot.override == nil && override != nil {
      override = nil
      self.breaker?.force(nil)
    }
    switch snapshot.state {
    case .closed where breaker.state == .closed, .halfOpen where breaker.state == .halfOpen:
      adoptOverride(of: snapshot, wall: wall, monotonic: now)
    case .closed:
      var closed = snapshot
      closed.failureCount = 0
      (closed.windowCalls, closed.windowFailures, closed.windowSlowCalls) = (0, 0, 0)
      restore(closed, wall: wall, monotonic: now)
    case .open:
      restore(snapshot, wall: wall, monotonic: now)
    case .halfOpen:
      var waiting = snapshot
      waiting.state = .open
      waiting.openFor = breaker.options.probeLease
      waiting.openUntil = wall + breaker.options.probeLease
      restore(waiting, wall: wall, monotonic: now)
    }
  }
}
