import Healing
import Foundation

/// The program `healing`: finds and runs the command, and converts errors to one line and an exit code.
@main
struct HealingProgram {
  static let commands: [any Command.Type] = [
    DemoCommand.self, ReportCommand.self, IncidentsCommand.self, IncidentCommand.self, NoteCommand.self,
    ErrorsCommand.self, ReleasesCommand.self,
    TimelineCommand.self, StateCommand.self, AttemptsCommand.self, RetriesCommand.self,
    AvailabilityCommand.self, AdviseCommand.self, TransitionsCommand.self, AlertsCommand.self,
    ProcessesCommand.self, TailCommand.self, BreakersCommand.self, ComponentsCommand.self, DetectCommand.self,
    CheckCommand.self, BackupCommand.self, RestoreCommand.self, PruneCommand.self, PinCommand.self,
    CompactCommand.self, ExportCommand.self, IngestCommand.self, MergeCommand.self, SalvageCommand.self,
    ServeCommand.self,
  ]

  static func main() async {
    StandardError.openStandardDescriptors()
    // A write to a closed pipe must fail with an error and not end the process.
    signal(SIGPIPE, SIG_IGN)
    // A write past the file size limit then fails with an error, as on a full disk.
    signal(SIGXFSZ, SIG_IGN)
    // Inherited as ignored, SIGCHLD would hide the exit status of programs that checks and alerts run.
    signal(SIGCHLD, SIG_DFL)
    exit(await end(of: Array(CommandLine.arguments.dropFirst())).rawValue)
  }

  /// How long the program waits for its last log lines to be written.
  private static let patience = Duration.seconds(2)

  private static func end(of arguments: [String]) async -> ExitCode {
    defer { StandardError.log.flush(within: patience) }
    do {
      try await run(arguments)
      try StandardOutput.end()
      return .ok
    } catch let exit as SilentExit {
      return exit.code
    } catch {
      StandardError.log.write("healing: \(TerminalText.line(String(describing: error)))")
      return ExitCode(for: error)
    }
  }

  private static let helpWords = ["--help", "-h", "help"]
  private static let versionWords = ["--version", "version"]

  private static func run(_ arguments: [String]) async throws {
    guard let name = arguments.first else {
      StandardError.log.write("healing: \(usage)")
      throw SilentExit(code: .usage)
    }
    if helpWords.contains(name) {
      if arguments.count > 2 { throw ParsedOptions.unexpected(arguments[2], see: "healing") }
      guard let subject = arguments.dropFirst().first, !(helpWords + versionWords).contains(subject) else {
        return try StandardOutput.write(usage + "\n")
      }
      return try await run([subject, "--help"])
    }
    if versionWords.contains(name) {
      guard arguments.count == 1 else { throw ParsedOptions.unexpected(arguments[1], see: "healing") }
      return try StandardOutput.write("healing \(Version.current)\n")
    }
    guard let command = commands.first(where: { $0.name == name }) else {
      let names = commands.map { $0.name }
      let hint =
        Spelling.nearest(to: name, among: names).map { "; did you mean '\($0)'? Commands" } ?? "; commands"
      if name.hasPrefix("-") {
        throw UsageError("the command comes before '\(name)'; commands: \(names.joined(separator: ", "))")
      }
      throw UsageError("there is no command '\(name)'\(hint): \(names.joined(separator: ", "))")
    }
    let parser = OptionParser(
      command: "healing \(name)", arguments: command.positional, options: command.options)
    let parsed = try parser.parse(Array(arguments.dropFirst()))
    if parsed.wantsHelp {
      return try StandardOutput.write(command.summary + "\n\n" + parser.help + command.examples + "\n")
    }
    if command.positional.isEmpty { try parsed.rejectArguments(after: 0) }
    try await command.run(parsed)
  }

  static var usage: String {
    let width = commands.map { $0.name.count }.max() ?? 0
    let list = commands.map {
      "  \($0.name.padding(toLength: width, withPad: " ", startingAt: 0))  \($0.summary)"
    }
    return """
      Usage: healing COMMAND [OPTION...]
      Automatic error recovery with a persistent ledger.

      \(list.joined(separator: "\n"))

      'healing COMMAND --help' lists a command's options.
      'healing --version' prints the version.
      """
  }
}
