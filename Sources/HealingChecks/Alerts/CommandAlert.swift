public import Healing

/// Runs a program for an alert, which it reads as JSON from its standard input. What it leaves running when it ends in time
/// may deliver the alert and runs on.
public struct CommandAlert: Sendable {
  private let command: ChildCommand
  private let timeout: Duration

  /// - Parameters:
  ///   - arguments: the path of the program, then its arguments. No shell is involved.
  ///   - timeout: after which it is killed. Default 10 s.
  public init(arguments: [String], timeout: Duration = .seconds(10)) {
    command = ChildCommand(arguments: arguments, endsGroup: false)
    self.timeout = timeout
  }

  /// Delivers once.
  /// - Throws: ``CommandFailed`` when the program ends with another code than 0 or takes too long; `CancellationError`.
  public func deliver(_ alert: AlertRecord) async throws {
    let body = try JSONText.encode(AlertBody(alert))
    let command = command
    switch await Patience.wait(for: timeout, time: SystemTimeSource(), { try await command.run(input: body) })
    {
    case .value(let result) where result.ending == .exit(code: 0): return
    case .value(let result): throw CommandFailed(problem: "the program failed: \(result.ending)")
    case .failed(let error): throw error
    case .cancelled: throw CancellationError()
    case .timedOut: throw CommandFailed(problem: "the program took longer than \(timeout)")
    }
  }
}

/// A program that was to deliver an alert did not.
public struct CommandFailed: Error, CustomStringConvertible {
  let problem: String
  /// One line.
  public var description: String { problem }
}
