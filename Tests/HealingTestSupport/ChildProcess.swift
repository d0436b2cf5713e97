import Healing
package import Foundation
import HealingChecks
package import Testing

/// A real process under test. Deinitialising it kills the process.
package final class ChildProcess: Sendable {
  private let process: SpawnedProcess
  private let output: LineCollector
  private let errors: LineCollector

  /// The folder of the products that are built with the tests.
  package static var productsFolder: URL {
    // The test runner is itself one of them.
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  }

  /// - Parameters:
  ///   - program: a path, or the name of a product.
  ///   - takesInput: whether it reads ``input``; otherwise its standard input is empty.
  package init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], takesInput: Bool = false
  ) throws {
    process = try SpawnedProcess(
      program.contains("/") ? program : Self.productsFolder.appendingPathComponent(program).path, arguments,
      environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
      pipes: takesInput ? [.input, .output, .errors] : [.output, .errors])
    output = LineCollector(process.pipe(.output))
    errors = LineCollector(process.pipe(.errors))
  }

  deinit {
    process.signal(SIGKILL)
    process.wait()
  }

  package var pid: Int32 { process.pid }
  /// The text of its standard input.
  package var input: FileHandle? { process.pipe(.input) }
  /// The lines of standard output so far; whole ones only until the process has ended.
  package var lines: [String] { output.lines }
  package var errorText: String { errors.lines.joined(separator: "\n") }

  package func signal(_ number: Int32) { process.signal(number) }

  /// Kills it so long after its first line, however long tasks have to wait for their turn meanwhile.
  package func killAfterFirstLine(microseconds: UInt32) async {
    await BlockingThread.run { [self] in
      _ = output.waitForLine { _ in true }
      usleep(microseconds)
      process.signal(SIGKILL)
    }
  }

  /// Waits for the end.
  /// - Returns: the exit code, or the negative signal.
  @discardableResult
  package func wait() async -> Int32 {
    let ending = await BlockingThread.run { [self] in
      output.waitForEnd()
      errors.waitForEnd()
      return process.wait()
    }
    switch ending {
    case .exit(let code): return code
    case .signal(let number): return -number
    case .unknown: return .min
    }
  }

  /// Waits for the process and checks its exit code, or the negative signal. A mismatch records its standard error.
  package func expectEnd(_ code: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation) async {
    let found = await wait()
    #expect(found == code, "\(errorText)", sourceLocation: sourceLocation)
  }

  /// Returns the first line that fits, as soon as there is one.
  package func waitForLine(where fits: @Sendable @escaping (String) -> Bool) async throws -> String {
    try await line(of: output, where: fits)
  }

  /// Likewise on standard error.
  package func waitForErrorLine(where fits: @Sendable @escaping (String) -> Bool) async throws -> String {
    try await line(of: errors, where: fits)
  }

  private func line(
    of collector: LineCollector, where fits: @Sendable @escaping (String) -> Bool
  ) async throws -> String {
    let line = await BlockingThread.run { collector.waitForLine(where: fits) }
    guard let line else { throw Ended(output: lines, errors: errorText) }
    return line
  }

  package struct Ended: Error {
    package let output: [String]
    package let errors: String
  }

  /// Runs a program to its end.
  package static func run(_ program: String, _ arguments: [String], environment: [String: String] = [:])
    async throws
    -> (code: Int32, output: String, errors: String)
  {
    let child = try ChildProcess(program, arguments, environment: environment)
    let code = await child.wait()
    return (code, child.output.text, child.errors.text)
  }
}

/// Collects the output of a pipe on a separate thread.
private final class LineCollector: @unchecked Sendable {
  // `@unchecked`: what changes is under the condition.
  private let condition = NSCondition()
  private var data = Data()
  private var hasEnded = false

  init(_ pipe: FileHandle?) {
    Thread { [self] in
      while let chunk = pipe?.availableData, !chunk.isEmpty {
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
