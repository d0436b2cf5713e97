import Foundation
import Healing
import Synchronization

/// Runs a program to its end, with little to inherit: not the environment, which may hold tokens.
struct ChildCommand: Sendable {
  struct Result: Sendable {
    let ending: SpawnedProcess.Ending
    /// The beginning of its standard output.
    let output: String
  }

  let arguments: [String]
  /// Whether what the program started ends with it.
  let endsGroup: Bool
  private static let outputLimit = 4_096
  private static let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"]

  /// - Parameter input: what the program reads from its standard input.
  /// - Throws: when it cannot be started, or the task is cancelled; then the program is killed, with all that it started
  ///   and left in its process group.
  func run(input: [UInt8] = []) async throws -> Result {
    let running = Running()
    return try await withTaskCancellationHandler {
      // Starting it may take long, too: its file may be anywhere.
      let result = try await BlockingThread.run { try runToEnd(input: input, as: running) }
      try Task.checkCancellation()
      return result
    } onCancel: {
      running.cancel()
    }
  }

  /// Blocks.
  private func runToEnd(input: [UInt8], as running: Running) throws -> Result {
    let program = try SpawnedProcess(
      arguments[0], Array(arguments.dropFirst()), environment: Self.environment, pipes: [.input, .output],
      endsGroup: endsGroup)
    running.hasBegun(program)
    Thread { Self.feed(input, to: program) }.start()
    return Self.readToEnd(of: program)
  }

  private static func feed(_ input: [UInt8], to program: SpawnedProcess) {
    // A program need not read what it is given.
    BrokenPipe.block()
    let pipe = program.pipe(.input)
    try? pipe?.write(contentsOf: Data(input))
    try? pipe?.close()
  }

  /// Reads until the output ends, or the program has ended and what it left is read: what it started itself may hold the
  /// pipe open for longer, and write into it for ever.
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

  /// Passes a cancellation on, whenever it comes.
  private final class Running: Sendable {
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
