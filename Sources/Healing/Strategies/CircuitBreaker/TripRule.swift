/// What opens a closed circuit.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum TripRule: Sendable, Hashable {
  /// This number of failures in a row, 1...10,000.
  case consecutiveFailures(Int)
  /// A share of failed or of slow calls among the recent calls.
  case rate(RateTripRule)
}

/// Opens a circuit at a share of failed or of slow calls over a window.
public struct RateTripRule: Sendable, Hashable, Codable, CheckedOptions {
  /// The calls over which the share is computed.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Window: Sendable, Hashable {
    /// The last calls, 1...10,000.
    case calls(Int)
    /// The calls of a time span, 1 s...1 h, in ten steps.
    case time(Duration)
  }

  /// The calls over which the share is computed.
  public var window: Window
  /// Minimum number of calls in the window before the rule can trip, 1...10,000.
  public var minimumCalls: Int
  /// Share of failures at or above which the circuit opens, over 0, up to 1; `nil`: failures do not open it.
  public var failureRate: Double?
  /// Share of slow calls at or above which the circuit opens, over 0, up to 1; `nil`: slow calls do not open
  /// it.
  public var slowCallRate: Double?
  /// Duration at or above which a call is slow, 1 ms...1 h. Default 60 s.
  public var slowCallDuration: Duration

  enum CodingKeys: String, CodingKey {
    case windowCalls = "window_calls"
    case windowTime = "window_ms"
    case minimumCalls = "minimum_calls"
    case failureRate = "failure_rate"
    case slowCallRate = "slow_call_rate"
    case slowCallDuration = "slow_call_ms"
  }

  /// Creates a rule.
  public init(
    window: Window = .calls(100), minimumCalls: Int = 20, failureRate: Double? = 0.5,
    slowCallRate: Double? = nil, slowCallDuration: Duration = .seconds(60)
  ) {
    self.window = window
    self.minimumCalls = minimumCalls
    self.failureRate = failureRate
    self.slowCallRate = slowCallRate
    self.slowCallDuration = slowCallDuration
  }

  /// Decodes a rule; an absent key has its default. A rule with a slow-call rate and without a failure rate has
  /// only the former.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let time = try fields.duration(forKey: .windowTime)
    let calls = try fields.decodeIfPresent(Int.self, forKey: .windowCalls)
    let slowCallRate = try fields.decodeIfPresent(Double.self, forKey: .slowCallRate)
    self.init(
      window: calls == nil ? time.map { .time($0) } ?? .calls(100) : .calls(calls ?? 100),
      minimumCalls: try fields.decodeIfPresent(Int.self, forKey: .minimumCalls) ?? 20,
      failureRate: try fields.decodeIfPresent(Double.self, forKey: .failureRate)
        ?? (slowCallRate == nil ? 0.5 : nil),
      slowCallRate: slowCallRate,
      slowCallDuration: try fields.duration(forKey: .slowCallDuration) ?? .seconds(60))
  }

  /// Encodes the rule with durations in milliseconds.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    switch window {
    case .calls(let count): try fields.encode(count, forKey: .windowCalls)
    case .time(let length): try fields.encode(milliseconds: length, forKey: .windowTime)
    }
    try fields.encode(minimumCalls, forKey: .minimumCalls)
    try fields.encodeIfPresent(failureRate, forKey: .failureRate)
    try fields.encodeIfPresent(slowCallRate, forKey: .slowCallRate)
    try fields.encode(milliseconds: slowCallDuration, forKey: .slowCallDuration)
  }

  func check(_ checks: inout OptionChecks) {
    var mostCalls = (count: 10_000, text: "1...10000")
    switch window {
    case .calls(let count):
      checks.check("RateTripRule.window.calls", count, from: 1, to: 10_000)
      if count >= 1 && count < 10_000 { mostCalls = (count, "1...\(count), the window's calls") }
    case .time(let length):
      checks.check("RateTripRule.window.time", length, from: .seconds(1), to: .seconds(3600))
    }
    checks.check(
      "RateTripRule.minimumCalls", minimumCalls, minimumCalls >= 1 && minimumCalls <= mostCalls.count,
      allowed: mostCalls.text)
    for (name, rate) in [("failureRate", failureRate), ("slowCallRate", slowCallRate)] {
      guard let rate else { continue }
      checks.check("RateTripRule.\(name)", rate, rate > 0 && rate <= 1, allowed: "more than 0, up to 1")
    }
    checks.check(
      "RateTripRule.failureRate", "nil", failureRate != nil || slowCallRate != nil,
      allowed: "a rate, unless slowCallRate is one")
    checks.check(
      "RateTripRule.slowCallDuration", slowCallDuration, from: .milliseconds(1), to: .seconds(3600))
  }
}
