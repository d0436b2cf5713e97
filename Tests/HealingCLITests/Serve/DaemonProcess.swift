import Foundation
import Glibc
import HealingTestSupport
import Testing

/// `healing serve` as a process, and curl as its client.
struct DaemonProcess {
  let process: ChildProcess
  /// Such as `http://127.0.0.1:40123`.
  let url: String

  /// Returns when it is ready.
  /// - Parameters:
  ///   - signal: one that it finds ignored when it starts, such as `CHLD`.
  ///   - wrapper: a program, with its arguments, that starts it in its own place, such as `prlimit`.
  init(
    _ arguments: [String], environment: [String: String] = [:], ignoring signal: String? = nil,
    through wrapper: [String] = []
  ) async throws {
    let command = ["serve", "--listen", "127.0.0.1:0"] + arguments
    let wrapper = signal.map { ["/usr/bin/env", "--ignore-signal=\($0)"] } ?? wrapper
    if let starter = wrapper.first {
      let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
      process = try ChildProcess(
        starter, wrapper.dropFirst() + [program] + command, environment: environment)
    } else {
      process = try ChildProcess("healing", command, environment: environment)
    }
    let line = try await process.waitForErrorLine { $0.contains("\"message\":\"ready\"") }
    let fields = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
    url = "http://\(fields?["address"] ?? "?")"
  }

  /// Sends a request with curl.
  /// - Returns: the status and the body.
  func ask(_ path: String, _ options: String...) async throws -> (status: Int, body: String) {
    let result = try await ChildProcess.run(
      "/usr/bin/curl", ["-sS", "--max-time", "300", "-w", "\n%{http_code}", url + path] + options)
    var lines = result.output.components(separatedBy: "\n")
    return (lines.popLast().flatMap { Int($0) } ?? 0, lines.joined(separator: "\n"))
  }

  /// Its resident memory now.
  func residentBytes() throws -> Int { try bytes("VmRSS:") }

  /// Its peak resident memory.
  func peakBytes() throws -> Int { try bytes("VmHWM:") }

  private func bytes(_ name: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
    return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1_024
  }

  /// Opens a separate connection and sends the beginning of a request.
  /// - Returns: the socket, for the caller to close; negative when there was none to be had.
  func connect(sending text: String) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = (url.split(separator: ":").last.flatMap { UInt16($0) } ?? 0).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0, send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) > 0 else { return -1 }
    return descriptor
  }

  /// Sends SIGTERM and checks the exit code.
  func end(with code: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation) async {
    process.signal(SIGTERM)
    await process.expectEnd(code, sourceLocation: sourceLocation)
  }
}
