/// When a circuit breaker opens and closes.
public struct CircuitBreakerOptions: Sendable, Hashable {
  /// Copies share the values, because most breakers have the same options.
  private let values: Shared<Values>

  private struct Values: Sendable, Hashable {
    var trip = TripRule.consecutiveFailures(5)
    var successThreshold = 2
    var openDuration = Duration.seconds(60)
    var halfOpenMaxCalls = 1
    var probeLease = Duration.seconds(60)
    var openGrowth = 1.0
    var maxOpenDuration = Duration.seconds(3600)
  }

  /// What opens the circuit. Default: 5 failures in a row.
  public var trip: TripRule { values.value.trip }
  /// Number of probes that must succeed to close the circuit, 1...1,000. Default 2.
  public var successThreshold: Int { values.value.successThreshold }
  /// Time for which the circuit stays open before it probes, 1 ms...24 h. Default 60 s.
  public var openDuration: Duration { values.value.openDuration }
  /// Maximum number of concurrent probes, 1...1,000. Default 1.
  public var halfOpenMaxCalls: Int { values.value.halfOpenMaxCalls }
  /// Time after which a probe that has not returned frees its place, 1 ms...24 h; its result still counts.
  /// Default: `openDuration`.
  public var probeLease: Duration { values.value.probeLease }
  /// Factor by which each trip without a close between multiplies the open time, 1...10. Default 1: constant.
  public var openGrowth: Double { values.value.openGrowth }
  /// The longest open time after growth, `openDuration`...24 h. Default 1 h, or `openDuration` if that is
  /// longer.
  public var maxOpenDuration: Duration { values.value.maxOpenDuration }

  /// The default options: 5 failures in a row open the circuit for 60 s; 2 successful probes, one at a time,
  /// close it.
  public static let standard = CircuitBreakerOptions()

  private init() { values = Shared(Values()) }

  /// Creates options, and checks the ranges.
  /// - Throws: ``InvalidOptionError``.
  public init(
    trip: TripRule = .consecutiveFailures(5), successThreshold: Int = 2,
    openDuration: Duration = .seconds(60), halfOpenMaxCalls: Int = 1, probeLease: Duration? = nil,
    openGrowth: Double = 1, maxOpenDuration: Duration? = nil
  ) throws(InvalidOptionError) {
    let waits = Duration.milliseconds(1)...Duration.seconds(86_400)
    if case .consecutiveFailures(let count) = trip {
      try InvalidOptionError.check("CircuitBreakerOptions.failureThreshold", count, in: 1...10_000)
    }
    try InvalidOptionError.check("CircuitBreakerOptions.successThreshold", successThreshold, in: 1...1_000)
    try InvalidOptionError.check("CircuitBreakerOptions.openDuration", openDuration, in: waits)
    try InvalidOptionError.check("CircuitBreakerOptions.halfOpenMaxCalls", halfOpenMaxCalls, in: 1...1_000)
    try InvalidOptionError.check("CircuitBreakerOptions.probeLease", probeLease ?? openDuration, in: waits)
    try InvalidOptionError.check("CircuitBreakerOptions.openGrowth", openGrowth, in: 1...10)
    let longest = maxOpenDuration ?? max(.seconds(3600), openDuration)
    try InvalidOptionError.check(
      "CircuitBreakerOptions.maxOpenDuration", longest, in: openDuration...waits.upperBound)
    values = Shared(
      Values(
        trip: trip, successThreshold: successThreshold, openDuration: openDuration,
        halfOpenMaxCalls: halfOpenMaxCalls, probeLease: probeLease ?? openDuration, openGrowth: openGrowth,
        maxOpenDuration: longest))
  }

  /// Creates options that open the circuit after `failureThreshold` failures in a row, 1...10,000. The others
  /// are as in the full initialiser.
  /// - Throws: ``InvalidOptionError``.
  public init(
    failureThreshold: Int, successThreshold: Int = 2, openDuration: Duration = .seconds(60),
    halfOpenMaxCalls: Int = 1
  ) throws(InvalidOptionError) {
    try self.init(
      trip: .consecutiveFailures(failureThreshold), successThreshold: successThreshold,
      openDuration: openDuration, halfOpenMaxCalls: halfOpenMaxCalls)
  }

  /// Returns the wait in nanoseconds after a number of trips without a close between, from 1.
  func openNanoseconds(afterTrips trips: Int) -> Int64 {
    let base = Double(openDuration.nanoseconds)
    guard openGrowth > 1 else { return openDuration.nanoseconds }
    var wait = base
    let longest = Double(maxOpenDuration.nanoseconds)
    for _ in 1..<max(2, min(trips, 64)) where trips > 1 && wait < longest { wait *= openGrowth }
    return Int64(min(wait, longest))
  }
}
