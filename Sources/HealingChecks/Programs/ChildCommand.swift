import Foundation
import Healing
import Synchronization

/// Runs a program to its end. The program does not inherit the environment, which may hold tokens.
struct ChildCommand: Sendable {
  struct Result: Sendable {
    let ending: SpawnedProcess.Ending
    /// The first 4 KiB of the program's standard output.
    let output: String
  }

  let arguments: [String]
  /// Whether processes that the program started are killed when it ends.
  let endsGroup: Bool
  private static let outputLimit = 4_096
  private static let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"]

  /// Runs the program and waits for its end.
  /// - Parameter input: the program's standard input.
  /// - Throws: when the program cannot be started, or the task is cancelled. A cancelled program is killed with
  ///   its process group.
  func run(input: [UInt8] = []) async throws -> Result {
    let running = Handle()
    return try await withTaskCancellationHandler {
      // Starting may block too: the file may be on a slow file system.
      let result = try await BlockingThread.run { try runToEnd(input: input, as: running) }
      try Task.checkCancellation()
      return result
    } onCancel: {
      running.cancel()
    }
  }

  /// Runs the program; blocks the thread.
  private func runToEnd(input: [UInt8], as running: Handle) throws -> Result {
    let program = try SpawnedProcess(
      arguments[0], Array(arguments.dropFirst()), environment: Self.environment, pipes: [.input, .output],
      endsGroup: endsGroup)
    running.hasBegun(program)
    Thread { Self.feed(input, to: program) }.start()
    return Self.readToEnd(of: program)
  }

  private static func feed(_ input: [UInt8], to program: SpawnedProcess) {
    // A program may exit without reading its input.
    CLibrary.blockBrokenPipe()
    let pipe = program.pipe(.input)
    try? pipe?.write(contentsOf: Data(input))
    try? pipe?.close()
  }

  /// Reads until the end of the output, or until the program has ended and its output is read. Processes that
  /// it started may hold the pipe open longer and write to it without end.
  private static func readToEnd(of program: SpawnedProcess) -> Result {
    let descriptor = program.pipe(.output)?.fileDescriptor ?? -1
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: outputLimit)
    while true {
      let hasEnded = program.endingSoFar != nil
      if hasEnded && text.count == outputLimit { break }
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wanted, 1, hasEnded ? 0 : 20)
      if ready == 0 && hasEnded { break }
      guard ready > 0 else { continue }
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { break }
      text += buffer.prefix(min(count, outputLimit - text.count))
    }
    return Result(ending: program.wait(), output: String(decoding: text, as: UTF8.self))
  }

  /// Forwards a cancellation to the program, also one that arrives before the program was started.
  private final class Handle: Sendable {
    private struct State {
      var program: SpawnedProcess?
      var isCancelled = false
    }
    private let state = Lock(State())

    func hasBegun(_ program: SpawnedProcess) {
      let isCancelled = state.withLock { state in
        state.program = program
        return state.isCancelled
      }
      if isCancelled { program.killGroup() }
    }

    func cancel() {
      let program = state.withLock { state in
        state.isCancelled = true
        return state.program
      }
      program?.killGroup()
    }
  }
}
