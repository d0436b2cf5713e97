import Foundation
import HealingTestSupport

/// `healing serve` as a process, and curl as its client.
struct DaemonProcess {
  let process: ChildProcess
  /// Such as `http://127.0.0.1:40123`.
  let url: String

  /// Returns when it is ready.
  init(_ arguments: [String], environment: [String: String] = [:]) throws {
    process = try ChildProcess(
      "healing", ["serve", "--listen", "127.0.0.1:0"] + arguments, environment: environment)
    let line = try process.waitForErrorLine { $0.contains("\"message\":\"ready\"") }
    let fields = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
    url = "http://\(fields?["address"] ?? "?")"
  }

  /// Asks with curl.
  /// - Returns: the status and the body.
  func ask(_ path: String, _ options: String...) throws -> (status: Int, body: String) {
    let result = try ChildProcess.run(
      "/usr/bin/curl", ["-sS", "--max-time", "20", "-w", "\n%{http_code}", url + path] + options)
    var lines = result.output.components(separatedBy: "\n")
    return (lines.popLast().flatMap { Int($0) } ?? 0, lines.joined(separator: "\n"))
  }

  /// Tells it to end.
  /// - Returns: the exit code.
  func end() -> Int32 {
    process.signal(SIGTERM)
    return process.wait()
  }
}
