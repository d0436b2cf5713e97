/// What opens a closed circuit.
public enum TripRule: Sendable, Hashable {
  /// This many failures in a row, 1...10,000.
  case consecutiveFailures(Int)
  /// A share of failed or of slow calls among the recent ones.
  case rate(RateTripRule)
}

/// Opens a circuit by the share of failed or of slow calls over a window.
public struct RateTripRule: Sendable, Hashable {
  /// What the share is taken over.
  public enum Window: Sendable, Hashable {
    /// The last calls, 1...10,000.
    case calls(Int)
    /// The calls of the last while, 1 second...1 hour, in ten steps.
    case time(Duration)
  }

  /// What the share is taken over.
  public let window: Window
  /// How many calls the window must hold before it can trip, 1...10,000.
  public let minimumCalls: Int
  /// Share of failures that trips, over 0...1; `nil`: failures do not trip.
  public let failureRate: Double?
  /// Share of slow calls that trips, over 0...1; `nil`: slow calls do not trip.
  public let slowCallRate: Double?
  /// From which duration on a call is slow. Default 60 seconds.
  public let slowCallDuration: Duration

  /// Checks the ranges.
  /// - Throws: ``InvalidOption``.
  public init(
    window: Window = .calls(100), minimumCalls: Int = 20, failureRate: Double? = 0.5,
    slowCallRate: Double? = nil, slowCallDuration: Duration = .seconds(60)
  ) throws(InvalidOption) {
    switch window {
    case .calls(let count): try InvalidOption.check("RateTripRule.window.calls", count, in: 1...10_000)
    case .time(let length):
      try InvalidOption.check("RateTripRule.window.time", length, in: .seconds(1)...(.seconds(3600)))
    }
    try InvalidOption.check("RateTripRule.minimumCalls", minimumCalls, in: 1...10_000)
    if case .calls(let count) = window, minimumCalls > count {
      throw InvalidOption(
        "RateTripRule.minimumCalls", minimumCalls, allowed: "1...\(count), the window's calls")
    }
    for (name, rate) in [("failureRate", failureRate), ("slowCallRate", slowCallRate)] {
      if let rate, !(rate > 0 && rate <= 1) {
        throw InvalidOption("RateTripRule.\(name)", rate, allowed: "more than 0, up to 1")
      }
    }
    if failureRate == nil && slowCallRate == nil {
      throw InvalidOption("RateTripRule.failureRate", "nil", allowed: "a rate, unless slowCallRate is one")
    }
    try InvalidOption.check(
      "RateTripRule.slowCallDuration", slowCallDuration, in: .milliseconds(1)...(.seconds(3600)))
    self.window = window
    self.minimumCalls = minimumCalls
    self.failureRate = failureRate
    self.slowCallRate = slowCallRate
    self.slowCallDuration = slowCallDuration
  }
}
