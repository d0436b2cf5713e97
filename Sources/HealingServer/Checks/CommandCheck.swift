public import Healing
import HealingProcesses

/// Runs a program; its exit code is the verdict: 0 healthy, 1 degraded, any other critical. The first line of its output
/// is the message.
public struct CommandCheck: Sendable {
  private let command: ChildCommand

  /// - Parameter arguments: the path of the program, then its arguments. No shell is involved.
  public init(arguments: [String]) { command = ChildCommand(arguments: arguments) }

  /// Looks once. The limit of time is the caller's: a program that takes longer is killed.
  public func look() async throws -> HealthCheck.Finding {
    let result = try await command.run()
    let lines = result.output.unicodeScalars.split { "\n\r".unicodeScalars.contains($0) }
    // Of scalars: a character can have any number of marks.
    let line = lines.first.map { String($0.prefix(500)) } ?? ""
    switch result.ending {
    case .exit(code: 0): return .healthy(line)
    case .exit(code: 1): return .degraded(line.isEmpty ? "\(result.ending)" : line)
    case .unknown: return .critical("\(result.ending)")
    case .exit, .signal: return .critical(line.isEmpty ? "\(result.ending)" : line)
    }
  }
}
