/// A component name is empty, too long or contains a character that is not allowed.
public struct InvalidComponentNameError: Error, CustomStringConvertible {
  /// The name as given.
  public let name: String

  /// One line with the rule.
  public var description: String {
    "'\(name.prefix(80))' is not a component name: \(Self.rule)"
  }

  /// The rule for names, worded as an instruction.
  package static let rule =
    "use 1 to \(ComponentName.maximumLength) letters, digits, _ - . : / and bytes escaped as %20"
}
