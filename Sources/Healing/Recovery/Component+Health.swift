extension Component {
  /// The sliding window as this process sees it: its own calls, and what the ledger remembered at the start.
  public func windowSummary() -> HealthWindow.Summary {
    let now = context.time.monotonicNanoseconds()
    return state.windowSummary(at: now)
  }

  /// Begins the component's metrics anew: a new epoch in the ledger, an empty window. No row is deleted.
  public func resetMetrics() {
    readmitIfForgotten()
    let now = context.time.monotonicNanoseconds()
    state.clearWindow(at: now)
    context.note(.metricsReset(name, at: context.time.wallClock()))
  }
}
