/// A component name that is empty, too long or has a character that is not allowed.
public struct InvalidComponentName: Error, CustomStringConvertible {
  /// The name as given.
  public let name: String

  /// One line with the rule.
  public var description: String {
    "'\(name.prefix(80))' is no component name: \(Self.rule)"
  }

  /// What a name must be, as an instruction.
  package static let rule =
    "use 1 to \(ComponentName.maximumLength) letters, digits, _ - . : / and bytes escaped as %20"
}
