import Foundation

/// The program `healing`: finds the command, runs it, and turns what goes wrong into one line and an exit code.
@main
struct HealingProgram {
  static let commands: [any Command.Type] = [
    DemoCommand.self, ReportCommand.self, BreakersCommand.self, ComponentsCommand.self, DetectCommand.self,
    CheckCommand.self,
    ServeCommand.self,
  ]

  static func main() async {
    StandardError.openStandardDescriptors()
    // A reader of our output that goes away must not kill us in the middle of a write.
    signal(SIGPIPE, SIG_IGN)
    // Inherited as ignored, it would hide how the programs end that checks and alerts run.
    signal(SIGCHLD, SIG_DFL)
    exit(await run(Array(CommandLine.arguments.dropFirst())).rawValue)
  }

  static func run(_ arguments: [String]) async -> ExitCode {
    do {
      guard let name = arguments.first else { throw UsageError(Self.usage) }
      if ["--help", "-h", "help"].contains(name) {
        print(usage)
        return .ok
      }
      guard let command = commands.first(where: { $0.name == name }) else {
        let hint =
          Spelling.nearest(to: name, among: commands.map { $0.name }).map { "; did you mean '\($0)'?" } ?? ""
        throw UsageError(
          "there is no command '\(name)'\(hint) Commands: \(commands.map { $0.name }.joined(separator: ", "))"
        )
      }
      let parser = OptionParser(
        command: "healing \(name)", arguments: command.positional, options: command.options)
      let parsed = try parser.parse(Array(arguments.dropFirst()))
      if parsed.wantsHelp {
        print(command.summary + "\n\n" + parser.help + command.examples)
        return .ok
      }
      try await command.run(parsed)
      return .ok
    } catch {
      StandardError.write("healing: \(describe(error))\n")
      return ExitCode(for: error)
    }
  }

  private static func describe(_ error: any Error) -> String {
    String(describing: error)
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

      'healing COMMAND --help' tells a command's options.
      """
  }
}
