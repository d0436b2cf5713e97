/// An option outside its range, found when the options were made.
public struct InvalidOption: Error, Hashable, CustomStringConvertible {
  /// Type and name, such as `RetryOptions.maxAttempts`.
  public let option: String
  /// The value as given.
  public let value: String
  /// What is allowed, such as `1...10`.
  public let allowed: String

  /// One line with all three.
  public var description: String { "\(option) is \(value); allowed is \(allowed)" }

  package init(_ option: String, _ value: some CustomStringConvertible, allowed: String) {
    self.option = option
    self.value = value.description
    self.allowed = allowed
  }

  package static func check<Value: Comparable & CustomStringConvertible>(
    _ option: String, _ value: Value, in range: ClosedRange<Value>
  ) throws(InvalidOption) {
    guard range.contains(value) else {
      throw InvalidOption(option, value, allowed: "\(range.lowerBound)...\(range.upperBound)")
    }
  }
}
