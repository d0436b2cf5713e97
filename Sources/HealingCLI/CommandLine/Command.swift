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

/// A long option of a command.
struct Option {
  let name: String
  /// Placeholder of the value in the help; `nil`: the option takes no value.
  let value: String?
  let help: String
}

extension Option {
  static let ledger = Option(
    name: "ledger", value: "PATH", help: "the ledger file (required; default: $HEALING_LEDGER)")
  static let format = Option(name: "format", value: "FORMAT", help: "table, json or csv (default: table)")
  static let eventFormat = Option(
    name: "format", value: "FORMAT", help: "table, json, csv or ndjson (default: table)")
  static let since = Option(
    name: "since", value: "TIME", help: "from this time on: ISO-8601, or an age such as 90s, 15m, 24h, 7d")
  static let until = Option(name: "until", value: "TIME", help: "up to this time, likewise")
  static let utc = Option(name: "utc", value: nil, help: "times without a zone are UTC (default: local time)")
  static let component = Option(name: "component", value: "NAME", help: "only this component")
}
