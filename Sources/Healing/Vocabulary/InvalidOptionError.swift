/// Options are outside their ranges. Thrown where options come into force: by ``RecoveryEngine`` for policies, and by
/// ``HealthMonitor``.
public struct InvalidOptionError: Error, Hashable, CustomStringConvertible {
  /// An invalid option.
  public struct Option: Sendable, Hashable, CustomStringConvertible {
    /// Type and property, such as `RetryOptions.maxAttempts`.
    public let name: String
    /// The value as given.
    public let value: String
    /// The allowed range, such as `1...10`.
    public let allowed: String

    package init(name: String, value: String, allowed: String) {
      self.name = name
      self.value = value
      self.allowed = allowed
    }

    /// One line with name, value and allowed range.
    public var description: String { "\(name) is \(value); allowed is \(allowed)" }
  }

  /// All invalid options, at least one.
  public let options: [Option]

  package init(options: [Option]) { self.options = options }

  /// One line with each option's name, value and allowed range.
  public var description: String { options.map(\.description).joined(separator: ". ") }
}

/// Collects the invalid options of a policy or of other options.
struct OptionChecks {
  private var invalid: [InvalidOptionError.Option] = []

  /// Checks a value against a range. NaN is in no range.
  mutating func check<Value: Comparable>(
    _ name: String, _ value: Value, from lowest: Value, to highest: Value
  ) {
    check(name, value, value >= lowest && value <= highest, allowed: "\(lowest)...\(highest)")
  }

  /// Checks a condition.
  /// - Parameter allowed: the values for which the condition is true.
  mutating func check(_ name: String, _ value: Any, _ isValid: Bool, allowed: String) {
    guard !isValid else { return }
    invalid.append(InvalidOptionError.Option(name: name, value: "\(value)", allowed: allowed))
  }

  /// Throws one error that names all invalid options, if there are any.
  func finish() throws(InvalidOptionError) {
    guard invalid.isEmpty else { throw InvalidOptionError(options: invalid) }
  }
}

/// Options with ranges.
protocol CheckedOptions {
  /// Adds the options outside their ranges.
  func check(_ checks: inout OptionChecks)
}

extension CheckedOptions {
  /// - Throws: ``InvalidOptionError``, which names all options outside their ranges.
  func checkRanges() throws(InvalidOptionError) {
    var checks = OptionChecks()
    check(&checks)
    try checks.finish()
  }
}
