/// How a circuit breaker decides.
public struct CircuitBreakerOptions: Sendable, Hashable {
  /// What opens the circuit. Default: 5 failures in a row.
  public let trip: TripRule
  /// How many probes must succeed to close the circuit, 1...1,000. Default 2.
  public let successThreshold: Int
  /// How long the circuit stays open before it probes, 1 ms...24 h. Default 60 s.
  public let openDuration: Duration
  /// How many probes may be under way at once, 1...1,000. Default 1.
  public let halfOpenMaxCalls: Int
  /// When a probe that has not returned gives its place back, 1 ms...24 h. Default: `openDuration`.
  public let probeLease: Duration
  /// Each trip without a close between multiplies the open time by this, 1...10. Default 1: it stays.
  public let openGrowth: Double
  /// The longest open time that growth leads to. Default 1 h, at least `openDuration`.
  public let maxOpenDuration: Duration

  /// All defaults: 5 failures in a row open it for 60 s, 2 successful probes, one at a time, close it.
  public static let standard = CircuitBreakerOptions()

  private init() {
    trip = .consecutiveFailures(5)
    successThreshold = 2
    openDuration = .seconds(60)
    halfOpenMaxCalls = 1
    probeLease = .seconds(60)
    openGrowth = 1
    maxOpenDuration = .seconds(3600)
  }

  /// Checks the ranges.
  /// - Throws: ``InvalidOption``.
  public init(
    trip: TripRule = .consecutiveFailures(5), successThreshold: Int = 2,
    openDuration: Duration = .seconds(60), halfOpenMaxCalls: Int = 1, probeLease: Duration? = nil,
    openGrowth: Double = 1, maxOpenDuration: Duration? = nil
  ) throws(InvalidOption) {
    let waits = Duration.milliseconds(1)...Duration.seconds(86_400)
    if case .consecutiveFailures(let count) = trip {
      try InvalidOption.check("CircuitBreakerOptions.failureThreshold", count, in: 1...10_000)
    }
    try InvalidOption.check("CircuitBreakerOptions.successThreshold", successThreshold, in: 1...1_000)
    try InvalidOption.check("CircuitBreakerOptions.openDuration", openDuration, in: waits)
    try InvalidOption.check("CircuitBreakerOptions.halfOpenMaxCalls", halfOpenMaxCalls, in: 1...1_000)
    try InvalidOption.check("CircuitBreakerOptions.probeLease", probeLease ?? openDuration, in: waits)
    try InvalidOption.check("CircuitBreakerOptions.openGrowth", openGrowth, in: 1...10)
    let longest = maxOpenDuration ?? max(.seconds(3600), openDuration)
    try InvalidOption.check(
      "CircuitBreakerOptions.maxOpenDuration", longest, in: openDuration...waits.upperBound)
    self.trip = trip
    self.successThreshold = successThreshold
    self.openDuration = openDuration
    self.halfOpenMaxCalls = halfOpenMaxCalls
    self.probeLease = probeLease ?? openDuration
    self.openGrowth = openGrowth
    self.maxOpenDuration = longest
  }

  /// Opens after `failureThreshold` failures in a row, 1...10,000; the rest as in the full initialiser.
  /// - Throws: ``InvalidOption``.
  public init(
    failureThreshold: Int, successThreshold: Int = 2, openDuration: Duration = .seconds(60),
    halfOpenMaxCalls: Int = 1
  ) throws(InvalidOption) {
    try self.init(
      trip: .consecutiveFailures(failureThreshold), successThreshold: successThreshold,
      openDuration: openDuration, halfOpenMaxCalls: halfOpenMaxCalls)
  }

  /// The wait in nanoseconds after the given number of trips without a close between, from 1.
  func openNanoseconds(afterTrips trips: Int) -> Int64 {
    let base = Double(openDuration.nanoseconds)
    guard openGrowth > 1 else { return openDuration.nanoseconds }
    var wait = base
    let longest = Double(maxOpenDuration.nanoseconds)
    for _ in 1..<max(2, min(trips, 64)) where trips > 1 && wait < longest { wait *= openGrowth }
    return Int64(min(wait, longest))
  }
}
