extension HealthOptions {
  /// The start of the earliest bucket that may be in any component's window.
  static func earliestBucket(at now: Timestamp) -> Timestamp {
    // The longest window, and the bucket that ends within it.
    now + .seconds(-310)
  }

  /// Adds up what a ledger remembers of a component's sliding window.
  /// - Parameter buckets: of one component, in order of time.
  func summary(of buckets: some Sequence<HealthWindowBucket>, at now: Timestamp) -> HealthWindow.Summary {
    var summary = HealthWindow.Summary()
    for bucket in buckets where now - bucket.start < window && !bucket.start.isAhead(of: now) {
      summary.add(bucket.summary)
    }
    return summary
  }
}
