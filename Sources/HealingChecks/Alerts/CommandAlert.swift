public import Foundation
public import Healing

/// Runs a program for an alert. The program reads the alert as JSON from its standard input. Processes that the
/// program leaves running are not killed when it ends within its time limit, because they may be delivering the
/// alert.
public struct CommandAlert: Sendable {
  private let command: ChildCommand
  private let timeout: Duration

  /// - Parameters:
  ///   - arguments: the program's path, then its arguments. No shell is involved.
  ///   - timeout: time after which the program is killed. Default 10 s.
  public init(arguments: [String], timeout: Duration = .seconds(10)) {
    command = ChildCommand(arguments: arguments, endsGroup: false)
    self.timeout = timeout
  }

  /// Delivers the alert once.
  /// - Throws: ``CommandFailedError`` when the program ends with a code other than 0 or exceeds the timeout;
  ///   `CancellationError`; or the error when the program cannot be started.
  public func deliver(_ alert: AlertRecord) async throws {
    let body = try JSONText.encode(alert)
    let command = command
    switch await withTimeout(for: timeout, time: SystemTimeSource(), { try await command.run(input: body) })
    {
    case .value(let result) where result.ending == .exit(code: 0): return
    case .value(let result): throw CommandFailedError(problem: "the program failed: \(result.ending)")
    case .failed(let error): throw error
    case .cancelled: throw CancellationError()
    case .timedOut: throw CommandFailedError(problem: "the program took longer than \(timeout)")
    }
  }
}

/// A program failed to deliver an alert.
public struct CommandFailedError: Error, CustomStringConvertible {
  let problem: String
  /// One line.
  public var description: String { problem }
}

extension CommandFailedError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}
