import Healing
import Foundation
import Synchronization

/// Runs a program to its end, with little to inherit: not the environment, which may hold tokens.
struct ChildCommand: Sendable {
  struct Result: Sendable {
    let code: Int32
    /// The beginning of its standard output.
    let output: String
  }

  let arguments: [String]
  private static let outputLimit = 4_096

  /// - Parameter input: what the program reads from its standard input.
  /// - Throws: when it cannot be started, or the task is cancelled; then the program is killed.
  func run(input: [UInt8] = []) async throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: arguments[0])
    process.arguments = Array(arguments.dropFirst())
    process.environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"]
    let (fromInput, toOutput) = (Pipe(), Pipe())
    process.standardInput = fromInput
    process.standardOutput = toOutput
    process.standardError = FileHandle.nullDevice
    let running = Running(process: process)
    return try await withTaskCancellationHandler {
      let code = try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do {
          try process.run()
        } catch {
          process.terminationHandler = nil
          return continuation.resume(throwing: error)
        }
        Self.feed(input, fromInput)
        running.started(toOutput)
      }
      try Task.checkCancellation()
      return Result(code: code, output: running.output)
    } onCancel: {
      running.kill()
    }
  }

  private static func feed(_ input: [UInt8], _ pipe: Pipe) {
    Thread {
      // A program need not read what it is given; SIGPIPE stays with this thread.
      var broken = sigset_t()
      sigemptyset(&broken)
      sigaddset(&broken, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &broken, nil)
      try? pipe.fileHandleForWriting.write(contentsOf: Data(input))
      try? pipe.fileHandleForWriting.close()
    }.start()
  }

  /// `@unchecked Sendable`: the process is only asked for its id, and everything that changes is under the lock.
  private final class Running: @unchecked Sendable {
    private let process: Process
    private let state = Lock((text: Data(), isKilled: false, hasStarted: false))

    init(process: Process) { self.process = process }

    func started(_ pipe: Pipe) {
      let isKilled = state.withLock { state in
        state.hasStarted = true
        return state.isKilled
      }
      if isKilled { kill() }
      pipe.fileHandleForReading.readabilityHandler = { [self] handle in
        let chunk = handle.availableData
        if chunk.isEmpty { handle.readabilityHandler = nil }
        state.withLock { $0.text += chunk.prefix(max(0, outputLimit - $0.text.count)) }
      }
    }

    func kill() {
      let hasStarted = state.withLock { state in
        state.isKilled = true
        return state.hasStarted
      }
      if hasStarted && process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
    }

    var output: String { state.withLock { String(decoding: $0.text, as: UTF8.self) } }
  }
}
