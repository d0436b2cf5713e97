extension HealthOptions {
  /// Adds up what a ledger remembers of a component's sliding window.
  func summary(of buckets: some Sequence<HealthWindowBucket>, at now: Timestamp) -> HealthWindow.Summary {
    var summary = HealthWindow.Summary()
    for bucket in buckets where now - bucket.start < window {
      summary.successes += bucket.successes
      summary.failures += bucket.failures
      summary.criticalErrors += bucket.criticalErrors
      summary.durationSum &+= bucket.durationSum &* 1000
    }
    return summary
  }
}
