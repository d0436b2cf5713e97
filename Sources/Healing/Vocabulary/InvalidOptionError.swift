/// An option is outside its range. Thrown when the options are created.
public struct InvalidOptionError: Error, Hashable, CustomStringConvertible {
  /// Type and property, such as `RetryOptions.maxAttempts`.
  public let option: String
  /// The value as given.
  public let value: String
  /// The allowed range, such as `1...10`.
  public let allowed: String

  /// One line with option, value and allowed range.
  public var description: String { "\(option) is \(value); allowed is \(allowed)" }

  package init(_ option: String, _ value: some CustomStringConvertible, allowed: String) {
    self.option = option
    self.value = value.description
    self.allowed = allowed
  }

  package static func check<Value: Comparable & CustomStringConvertible>(
    _ option: String, _ value: Value, in range: ClosedRange<Value>
  ) throws(InvalidOptionError) {
    guard range.contains(value) else {
      throw InvalidOptionError(option, value, allowed: "\(range.lowerBound)...\(range.upperBound)")
    }
  }
}
