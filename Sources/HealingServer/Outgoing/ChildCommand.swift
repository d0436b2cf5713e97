import Foundation
import HealingProcesses

/// Runs a program to its end, with little to inherit: not the environment, which may hold tokens.
struct ChildCommand: Sendable {
  struct Result: Sendable {
    let ending: SpawnedProcess.Ending
    /// The beginning of its standard output.
    let output: String
  }

  let arguments: [String]
  private static let outputLimit = 4_096
  private static let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"]

  /// - Parameter input: what the program reads from its standard input.
  /// - Throws: when it cannot be started, or the task is cancelled; then the program is killed.
  func run(input: [UInt8] = []) async throws -> Result {
    let program = try SpawnedProcess(
      arguments[0], Array(arguments.dropFirst()), environment: Self.environment, pipes: [.input, .output])
    return try await withTaskCancellationHandler {
      let result = await withCheckedContinuation { continuation in
        Thread { Self.feed(input, to: program) }.start()
        Thread { continuation.resume(returning: Self.readToEnd(of: program)) }.start()
      }
      try Task.checkCancellation()
      return result
    } onCancel: {
      program.signal(SIGKILL)
    }
  }

  private static func feed(_ input: [UInt8], to program: SpawnedProcess) {
    // A program need not read what it is given.
    BrokenPipe.block()
    let pipe = program.pipe(.input)
    try? pipe?.write(contentsOf: Data(input))
    try? pipe?.close()
  }

  /// Reads until the output ends, or the program has ended and left nothing more: what it started itself may hold the
  /// pipe open for longer. Blocks.
  private static func readToEnd(of program: SpawnedProcess) -> Result {
    let descriptor = program.pipe(.output)?.fileDescriptor ?? -1
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: outputLimit)
    while true {
      let hasEnded = program.endingSoFar != nil
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wanted, 1, hasEnded ? 0 : 20)
      if ready == 0 && hasEnded { break }
      guard ready > 0 else { continue }
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { break }
      text += buffer.prefix(min(count, max(0, outputLimit - text.count)))
    }
    return Result(ending: program.wait(), output: String(decoding: text, as: UTF8.self))
  }
}
