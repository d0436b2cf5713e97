import HealingServer
import Healing

enum ServeCommand: Command {
  static let name = "serve"
  static let summary = "serves the REST API of a ledger, monitors components and alerts"
  static let options: [Option] = [
    Option(
      name: "ledger", value: "PATH", help: "the ledger file, created if missing (default: $HEALING_LEDGER)"),
    Option(name: "config", value: "PATH", help: "the configuration, in JSON5"),
    Option(
      name: "check-config", value: nil,
      help: "only check the configuration, and that programs and folders exist"),
    Option(name: "allow-fuse", value: nil, help: "allow a ledger on a file system in user space (FUSE)"),
    Option(name: "listen", value: "ADDRESS", help: "where to listen (default: 127.0.0.1:8484)"),
    Option(name: "token-file", value: "PATH", help: "the token that clients must send"),
    Option(name: "read-token-file", value: "PATH", help: "a token that permits reading only"),
  ]
  static let examples = """

    Options override the configuration. The environment variables HEALING_TOKEN and
    HEALING_READ_TOKEN can hold the tokens; without a token the daemon listens on
    loopback addresses only.

    The log is on standard error, one JSON object a line. An error that ends the
    daemon, or prevents its start, is the last line. On SIGHUP the daemon reads the
    configuration again. On SIGTERM it answers all requests, writes all rows to
    disk and ends.

    The log and /metrics count events. An event is one call sample, error,
    recovery, check, alert, or change of a circuit or a component. A failed call is
    two events: its sample and its error.

    Examples:
      healing serve --ledger healing.db
      healing serve --config /etc/healing.json5 --check-config
      curl http://localhost:8484/api/v1/healing/recovery/stats

    """

  static func run(_ options: ParsedOptions) async throws {
    let settings = try ServeSettings(options)
    guard options.has("check-config") else { return try await serve(settings) }
    let configuration = try settings.load()
    _ = try settings.serverOptions(configuration)
    _ = try settings.ledgerPath(configuration)
    for alert in configuration.alerts { _ = try alert.handler { _, _, _ in } }
    let missing = MissingFiles(configuration).findings
    guard missing.isEmpty else {
      throw UsageError("\(settings.config.map { "\($0): " } ?? "")\(missing.joined(separator: "; "))")
    }
    try StandardOutput.write(
      "the configuration is valid: \(configuration.checks.count) checks, \(configuration.alerts.count) alerts,"
        + " listening on \(configuration.listen)\n")
  }

  /// Runs the daemon. An error is the last line of the log and determines the exit code.
  private static func serve(_ settings: ServeSettings) async throws {
    do {
      try await Daemon.run(settings)
    } catch let exit as SilentExit {
      throw exit
    } catch {
      JSONLog()(.error, "not started", ["error": "\(error)"])
      throw SilentExit(code: ExitCode(for: error))
    }
  }
}
