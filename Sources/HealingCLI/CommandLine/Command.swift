/// A subcommand.
protocol Command: SendableMetatype {
  static var name: String { get }
  /// Summary in one line.
  static var summary: String { get }
  /// Positional arguments for the usage line; may be empty.
  static var positional: String { get }
  static var options: [Option] { get }
  /// Printed below the help; ends with a line break unless empty.
  static var examples: String { get }
  static func run(_ options: ParsedOptions) async throws
}

extension Command {
  static var positional: String { "" }
  static var examples: String { "" }
}
