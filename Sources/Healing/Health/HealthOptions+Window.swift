extension HealthOptions {
  /// The start of the earliest bucket that may be in any component's window.
  static func earliestBucket(at now: Timestamp) -> Timestamp {
    // The longest window, and the bucket that ends within it.
    now + .seconds(-310)
  }

  /// Adds up what a ledger remembers of a component's sliding window.
  func summary(of buckets: some Sequence<HealthWindowBucket>, at now: Timestamp) -> HealthWindow.Summary {
    var summary = HealthWindow.Summary()
    for bucket in buckets
    // What lies in the future was counted before the clock was set back.
    where now - bucket.start < window && bucket.start - now <= .seconds(10) {
      summary.add(bucket.summary)
    }
    return summary
  }
}
