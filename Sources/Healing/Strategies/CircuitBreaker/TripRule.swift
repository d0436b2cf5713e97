/// What opens a closed circuit.
public enum TripRule: Sendable, Hashable {
  /// This number of failures in a row, 1...10,000.
  case consecutiveFailures(Int)
  /// A share of failed or of slow calls among the recent calls.
  case rate(RateTripRule)
}

/// Opens a circuit at a share of failed or of slow calls over a window.
public struct RateTripRule: Sendable, Hashable {
  /// The calls over which the share is computed.
  public enum Window: Sendable, Hashable {
    /// The last calls, 1...10,000.
    case calls(Int)
    /// The calls of a time span, 1 s...1 h, in ten steps.
    case time(Duration)
  }

  /// The calls over which the share is computed.
  public let window: Window
  /// Minimum number of calls in the window before the rule can trip, 1...10,000.
  public let minimumCalls: Int
  /// Share of failures at or above which the circuit opens, over 0, up to 1; `nil`: failures do not open it.
  public let failureRate: Double?
  /// Share of slow calls at or above which the circuit opens, over 0, up to 1; `nil`: slow calls do not open
  /// it.
  public let slowCallRate: Double?
  /// Duration at or above which a call is slow, 1 ms...1 h. Default 60 s.
  public let slowCallDuration: Duration

  /// Creates a rule, and checks the ranges.
  /// - Throws: ``InvalidOptionError``.
  public init(
    window: Window = .calls(100), minimumCalls: Int = 20, failureRate: Double? = 0.5,
    slowCallRate: Double? = nil, slowCallDuration: Duration = .seconds(60)
  ) throws(InvalidOptionError) {
    switch window {
    case .calls(let count): try InvalidOptionError.check("RateTripRule.window.calls", count, in: 1...10_000)
    case .time(let length):
      try InvalidOptionError.check("RateTripRule.window.time", length, in: .seconds(1)...(.seconds(3600)))
    }
    try InvalidOptionError.check("RateTripRule.minimumCalls", minimumCalls, in: 1...10_000)
    if case .calls(let count) = window, minimumCalls > count {
      throw InvalidOptionError(
        "RateTripRule.minimumCalls", minimumCalls, allowed: "1...\(count), the window's calls")
    }
    for (name, rate) in [("failureRate", failureRate), ("slowCallRate", slowCallRate)] {
      if let rate, !(rate > 0 && rate <= 1) {
        throw InvalidOptionError("RateTripRule.\(name)", rate, allowed: "more than 0, up to 1")
      }
    }
    if failureRate == nil && slowCallRate == nil {
      throw InvalidOptionError(
        "RateTripRule.failureRate", "nil", allowed: "a rate, unless slowCallRate is one")
    }
    try InvalidOptionError.check(
      "RateTripRule.slowCallDuration", slowCallDuration, in: .milliseconds(1)...(.seconds(3600)))
    self.window = window
    self.minimumCalls = minimumCalls
    self.failureRate = failureRate
    self.slowCallRate = slowCallRate
    self.slowCallDuration = slowCallDuration
  }
}
