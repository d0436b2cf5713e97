public import Healing

/// Runs a program and maps its exit code to a status: 0 healthy, 1 degraded, any other critical. The first line
/// of its output, redacted, is the message. When the program ends, all processes left in its process group are
/// killed.
public struct CommandCheck: Sendable {
  private let command: ChildCommand
  private static let longestMessage = 500

  /// - Parameter arguments: the program's path, then its arguments. No shell is involved.
  public init(arguments: [String]) { command = ChildCommand(arguments: arguments, endsGroup: true) }

  /// Runs the check once. The caller sets the time limit by cancelling the task, which kills the program.
  public func check() async throws -> HealthCheck.Result {
    let result = try await command.run()
    let line =
      result.output.utf8.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.first.map {
        Redactor.redact(String(decoding: $0, as: UTF8.self), maximumLength: Self.longestMessage)
      } ?? ""
    switch result.ending {
    case .exit(code: 0): return .healthy(line)
    case .exit(code: 1): return .degraded(line.isEmpty ? "\(result.ending)" : line)
    case .unknown: return .critical("\(result.ending)")
    case .exit, .signal: return .critical(line.isEmpty ? "\(result.ending)" : line)
    }
  }
}
