extension HealthOptions {
  /// Returns the start of the earliest bucket that can be in a component's window.
  static func earliestBucket(at now: Timestamp) -> Timestamp {
    // The longest window, plus one bucket of it.
    now + .seconds(-310)
  }

  /// Sums the ledger's buckets that are in a component's sliding window at `now`.
  /// - Parameter buckets: buckets of one component, in time order.
  func summary(of buckets: some Sequence<HealthWindowBucket>, at now: Timestamp) -> HealthWindow.Summary {
    var summary = HealthWindow.Summary()
    for bucket in buckets where now - bucket.start < window && !bucket.start.isAhead(of: now) {
      summary.add(bucket.summary)
    }
    return summary
  }
}
