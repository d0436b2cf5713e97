/// When a circuit breaker opens and closes.
public struct CircuitBreakerOptions: Sendable, Hashable, Codable, CheckedOptions {
  /// Copies share the values, because most breakers have the same options.
  private var values: Shared<Values>

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
  public var trip: TripRule {
    get { values.value.trip }
    set { change { $0.trip = newValue } }
  }
  /// Number of probes that must succeed to close the circuit, 1...1,000. Default 2.
  public var successThreshold: Int {
    get { values.value.successThreshold }
    set { change { $0.successThreshold = newValue } }
  }
  /// Time for which the circuit stays open before it probes, 1 ms...24 h. Default 60 s.
  public var openDuration: Duration {
    get { values.value.openDuration }
    set { change { $0.openDuration = newValue } }
  }
  /// Maximum number of concurrent probes, 1...1,000. Default 1.
  public var halfOpenMaxCalls: Int {
    get { values.value.halfOpenMaxCalls }
    set { change { $0.halfOpenMaxCalls = newValue } }
  }
  /// Time after which a probe that has not returned frees its place, 1 ms...24 h; its result still counts.
  /// Default: `openDuration`.
  public var probeLease: Duration {
    get { values.value.probeLease }
    set { change { $0.probeLease = newValue } }
  }
  /// Factor by which each trip without a close between multiplies the open time, 1...10. Default 1: constant.
  public var openGrowth: Double {
    get { values.value.openGrowth }
    set { change { $0.openGrowth = newValue } }
  }
  /// The longest open time after growth, `openDuration`...24 h. Default 1 h, or `openDuration` if that is
  /// longer.
  public var maxOpenDuration: Duration {
    get { values.value.maxOpenDuration }
    set { change { $0.maxOpenDuration = newValue } }
  }

  /// The default options: 5 failures in a row open the circuit for 60 s; 2 successful probes, one at a time,
  /// close it.
  public static let standard = CircuitBreakerOptions()

  enum CodingKeys: String, CodingKey {
    case failureThreshold = "failure_threshold"
    case rate
    case successThreshold = "success_threshold"
    case openDuration = "open_ms"
    case halfOpenMaxCalls = "half_open_max_calls"
    case probeLease = "probe_lease_ms"
    case openGrowth = "open_growth"
    case maxOpenDuration = "max_open_ms"
  }

  /// Creates options.
  public init(
    trip: TripRule = .consecutiveFailures(5), successThreshold: Int = 2,
    openDuration: Duration = .seconds(60), halfOpenMaxCalls: Int = 1, probeLease: Duration? = nil,
    openGrowth: Double = 1, maxOpenDuration: Duration? = nil
  ) {
    values = Shared(
      Values(
        trip: trip, successThreshold: successThreshold, openDuration: openDuration,
        halfOpenMaxCalls: halfOpenMaxCalls, probeLease: probeLease ?? openDuration, openGrowth: openGrowth,
        maxOpenDuration: maxOpenDuration ?? max(.seconds(3600), openDuration)))
  }

  /// Creates options that open the circuit after `failureThreshold` failures in a row, 1...10,000. The others
  /// are as in the full initialiser.
  public init(
    failureThreshold: Int, successThreshold: Int = 2, openDuration: Duration = .seconds(60),
    halfOpenMaxCalls: Int = 1
  ) {
    self.init(
      trip: .consecutiveFailures(failureThreshold), successThreshold: successThreshold,
      openDuration: openDuration, halfOpenMaxCalls: halfOpenMaxCalls)
  }

  /// Decodes options; an absent key has its default.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let rate = try fields.decodeIfPresent(RateTripRule.self, forKey: .rate)
    let failures = try fields.decodeIfPresent(Int.self, forKey: .failureThreshold)
    self.init(
      trip: rate.map { .rate($0) } ?? .consecutiveFailures(failures ?? 5),
      successThreshold: try fields.decodeIfPresent(Int.self, forKey: .successThreshold) ?? 2,
      openDuration: try fields.duration(forKey: .openDuration) ?? .seconds(60),
      halfOpenMaxCalls: try fields.decodeIfPresent(Int.self, forKey: .halfOpenMaxCalls) ?? 1,
      probeLease: try fields.duration(forKey: .probeLease),
      openGrowth: try fields.decodeIfPresent(Double.self, forKey: .openGrowth) ?? 1,
      maxOpenDuration: try fields.duration(forKey: .maxOpenDuration))
  }

  /// Encodes the options with durations in milliseconds.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    switch trip {
    case .consecutiveFailures(let count): try fields.encode(count, forKey: .failureThreshold)
    case .rate(let rule): try fields.encode(rule, forKey: .rate)
    }
    try fields.encode(successThreshold, forKey: .successThreshold)
    try fields.encode(milliseconds: openDuration, forKey: .openDuration)
    try fields.encode(halfOpenMaxCalls, forKey: .halfOpenMaxCalls)
    try fields.encode(milliseconds: probeLease, forKey: .probeLease)
    try fields.encode(openGrowth, forKey: .openGrowth)
    try fields.encode(milliseconds: maxOpenDuration, forKey: .maxOpenDuration)
  }

  func check(_ checks: inout OptionChecks) {
    let longest = Duration.seconds(86_400)
    switch trip {
    case .consecutiveFailures(let count):
      checks.check("CircuitBreakerOptions.failureThreshold", count, from: 1, to: 10_000)
    case .rate(let rule): rule.check(&checks)
    }
    checks.check("CircuitBreakerOptions.successThreshold", successThreshold, from: 1, to: 1_000)
    checks.check("CircuitBreakerOptions.openDuration", openDuration, from: .milliseconds(1), to: longest)
    checks.check("CircuitBreakerOptions.halfOpenMaxCalls", halfOpenMaxCalls, from: 1, to: 1_000)
    checks.check("CircuitBreakerOptions.probeLease", probeLease, from: .milliseconds(1), to: longest)
    checks.check("CircuitBreakerOptions.openGrowth", openGrowth, from: 1, to: 10)
    checks.check("CircuitBreakerOptions.maxOpenDuration", maxOpenDuration, from: openDuration, to: longest)
  }

  private mutating func change(_ change: (inout Values) -> Void) {
    var changed = values.value
    change(&changed)
    values = Shared(changed)
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
