public import Healing

/// Runs a program; its exit code is the verdict: 0 healthy, 1 degraded, any other critical. The first line of its output
/// is the message, without secrets. A check's end is the end of all that it started and left in its process group.
public struct CommandCheck: Sendable {
  private let command: ChildCommand
  private static let longestMessage = 500

  /// - Parameter arguments: the path of the program, then its arguments. No shell is involved.
  public init(arguments: [String]) { command = ChildCommand(arguments: arguments, endsGroup: true) }

  /// Looks once. The limit of time is the caller's: a program that takes longer is killed.
  public func look() async throws -> HealthCheck.Finding {
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
