extension Component {
  /// Returns the sliding window of this process: its own calls, and what the ledger restored at the start.
  public func windowSummary() -> HealthWindow.Summary {
    let now = context.time.monotonicNanoseconds()
    return state.windowSummary(at: now)
  }

  /// Resets the component's metrics: the ledger begins a new epoch, and the window is emptied. No row is
  /// deleted.
  public func resetMetrics() {
    readmitIfForgotten()
    let now = context.time.monotonicNanoseconds()
    state.clearWindow(at: now)
    context.note(.metricsReset(name, at: context.time.wallClock()))
  }
}
