import Foundation
import Healing
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
      let result: Result = try await withCheckedThrowingContinuation { continuation in
        do {
          try running.start()
        } catch {
          return continuation.resume(throwing: error)
        }
        Self.feed(input, fromInput)
        Thread { continuation.resume(returning: running.readToEnd(toOutput)) }.start()
      }
      try Task.checkCancellation()
      return result
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

  /// `@unchecked Sendable`: the process is configured before it is shared, started once and then only asked how it is;
  /// what changes is under the lock.
  private final class Running: @unchecked Sendable {
    private let process: Process
    private let ended = DispatchSemaphore(value: 0)
    private let state = Lock((isKilled: false, hasStarted: false))

    init(process: Process) { self.process = process }

    func start() throws {
      process.terminationHandler = { [ended] _ in ended.signal() }
      do {
        try process.run()
      } catch {
        process.terminationHandler = nil
        throw error
      }
      let isKilled = state.withLock { state in
        state.hasStarted = true
        return state.isKilled
      }
      if isKilled { kill() }
    }

    /// Reads until the output ends, or the program has ended and left nothing more: what it started itself may hold the
    /// pipe open for longer. Blocks.
    func readToEnd(_ pipe: Pipe) -> Result {
      let descriptor = pipe.fileHandleForReading.fileDescriptor
      var text: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: outputLimit)
      var hasEnded = false
      while true {
        hasEnded = hasEnded || ended.wait(timeout: .now()) == .success
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&wanted, 1, hasEnded ? 0 : 20)
        if ready == 0 && hasEnded { break }
        guard ready > 0 else { continue }
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { break }
        text += buffer.prefix(min(count, max(0, outputLimit - text.count)))
      }
      if !hasEnded { ended.wait() }
      return Result(code: process.terminationStatus, output: String(decoding: text, as: UTF8.self))
    }

    func kill() {
      let hasStarted = state.withLock { state in
        state.isKilled = true
        return state.hasStarted
      }
      if hasStarted && process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
    }
  }
}
