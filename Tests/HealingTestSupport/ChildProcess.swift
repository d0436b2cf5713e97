package import Foundation
import Healing
import Synchronization

/// A real process under test. Killed when the test lets go of it.
package final class ChildProcess: Sendable {
  // Used from the test's task only after `run`; the collector has its own lock.
  private let process: Lock<Process>
  private let output = LineCollector()
  private let errors = LineCollector()
  package let pid: Int32

  /// The folder of the products that are built beside the tests.
  package static var productsFolder: URL {
    // The test runner is itself one of them.
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  }

  /// - Parameter input: what standard input reads from; nothing by default.
  package init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], input: Pipe? = nil
  ) throws {
    let process = Process()
    process.executableURL =
      program.hasPrefix("/")
      ? URL(fileURLWithPath: program) : Self.productsFolder.appendingPathComponent(program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let input { process.standardInput = input } else { process.standardInput = FileHandle.nullDevice }
    process.standardOutput = output.pipe
    process.standardError = errors.pipe
    try process.run()
    pid = process.processIdentifier
    self.process = Lock(process)
    output.start()
    errors.start()
  }

  deinit { kill(pid, SIGKILL) }

  /// The lines of standard output so far; whole ones only until the process has ended.
  package var lines: [String] { output.lines }
  package var errorText: String { errors.lines.joined(separator: "\n") }

  package func signal(_ number: Int32) { kill(pid, number) }

  /// Waits for the end.
  /// - Returns: the exit code, or the negative signal.
  @discardableResult
  package func wait() -> Int32 {
    let result = process.withLock { process in
      process.waitUntilExit()
      return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }
    output.waitForEnd()
    errors.waitForEnd()
    return result
  }

  /// Returns the first line that fits, as soon as there is one.
  package func waitForLine(where fits: @Sendable @escaping (String) -> Bool) throws -> String {
    guard let line = output.waitForLine(where: fits) else { throw Ended(output: lines, errors: errorText) }
    return line
  }

  /// Likewise on standard error.
  package func waitForErrorLine(where fits: @Sendable @escaping (String) -> Bool) throws -> String {
    guard let line = errors.waitForLine(where: fits) else { throw Ended(output: lines, errors: errorText) }
    return line
  }

  package struct Ended: Error {
    package let output: [String]
    package let errors: String
  }

  /// Runs a program to its end.
  package static func run(_ program: String, _ arguments: [String], environment: [String: String] = [:])
    throws
    -> (code: Int32, output: String, errors: String)
  {
    let child = try ChildProcess(program, arguments, environment: environment)
    let code = child.wait()
    return (code, child.output.text, child.errors.text)
  }
}

/// Collects what a pipe delivers on a thread of its own.
private final class LineCollector: @unchecked Sendable {
  // `@unchecked`: `pipe` is set once and its two ends are used by one side each; the rest is under the condition.
  let pipe = Pipe()
  private let condition = NSCondition()
  private var data = Data()
  private var hasEnded = false

  func start() {
    try? pipe.fileHandleForWriting.close()
    Thread { [self] in
      while case let chunk = pipe.fileHandleForReading.availableData, !chunk.isEmpty {
        condition.withLock {
          data.append(chunk)
          condition.broadcast()
        }
      }
      condition.withLock {
        hasEnded = true
        condition.broadcast()
      }
    }.start()
  }

  var text: String { condition.withLock { String(decoding: data, as: UTF8.self) } }

  var lines: [String] { condition.withLock { wholeLines } }

  private var wholeLines: [String] {
    let text = String(decoding: data, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    return hasEnded && !text.hasSuffix("\n")
      ? lines + [text.split(separator: "\n").last.map(String.init) ?? ""] : lines
  }

  func waitForLine(where fits: (String) -> Bool) -> String? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let line = wholeLines.first(where: fits) { return line }
      if hasEnded { return nil }
      condition.wait()
    }
  }

  func waitForEnd() {
    condition.lock()
    while !hasEnded { condition.wait() }
    condition.unlock()
  }
}
