import Foundation
import Glibc
import HealingTestSupport
import Testing

/// Resources that hostile clients can use up: descriptors and memory.
@Suite(.serialized) struct ServeLimitTests {
  private static let api = "/api/v1/healing"
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String) throws -> String {
    let path = folder.path("config.json5")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private static func hasAnswer(_ socket: Int32) -> Bool {
    var events = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&events, 1, 0) > 0
  }

  private static func answer(_ socket: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = recv(socket, &buffer, buffer.count, 0)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }

  private static func descriptors(of daemon: DaemonProcess) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.process.pid)/fd").count
  }

  private static func set(_ limit: Int, of daemon: DaemonProcess) async throws {
    let result = try await ChildProcess.run(
      "/usr/bin/prlimit", ["--pid", "\(daemon.process.pid)", "--nofile=\(limit):"])
    try #require(result.code == 0, "\(result.errors)")
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/prlimit")))
  func `out of descriptors the server closes the longest idle connection and serves others`() async throws {
    let config = try write(
      """
      {
        monitoring: { check_interval_seconds: 0.1 },
        checks: [{ component: "disk", command: ["/usr/bin/true"] }],
      }
      """)
    let daemon = try await DaemonProcess(
      ["--ledger", folder.path(), "--config", config], through: ["/usr/bin/prlimit", "--nofile=96:96"])
    let begin = "GET /healthz HTTP/1.1\r\n"
    var sockets: [Int32] = []
    // More than it may ever have, one after the other.
    for _ in 0..<150 {
      sockets.append(daemon.connect(sending: begin))
      #expect(sockets.last ?? -1 >= 0)
    }
    // Those that came last are served, those that came first are cut. At once: a request
    // that is not whole has a limit of time.
    send(sockets[149], "Host: localhost\r\n\r\n", 19, Int32(MSG_NOSIGNAL))
    #expect(Self.answer(sockets[149]).hasPrefix("HTTP/1.1 200"))
    #expect(Self.answer(sockets[0]).isEmpty)
    #expect(try await daemon.ask("/healthz").status == 200)
    #expect(try await daemon.ask("/readyz").status == 200)
    // Some are kept for others: the check still starts its program.
    #expect(try Self.descriptors(of: daemon) < 96)
    let health = try await daemon.ask(Self.api + "/health?component=disk")
    #expect(health.body.contains("\"status\":\"healthy\""), "\(health.body)")
    sockets.forEach { close($0) }
    await daemon.end()
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/prlimit")))
  func `when other code takes the descriptors, the server closes idle connections`() async throws {
    let daemon = try await DaemonProcess(["--ledger", folder.path()])
    let sockets = (0..<40).map { _ in daemon.connect(sending: "GET /healthz HTTP/1.1\r\n") }
    #expect(try await daemon.ask("/healthz").status == 200)
    // As if the rest had been taken by something else.
    try await Self.set(try Self.descriptors(of: daemon) - 1, of: daemon)
    for _ in 0..<3 { #expect(try await daemon.ask("/healthz").status == 200) }
    #expect(Self.answer(sockets[0]).isEmpty)
    sockets.forEach { close($0) }
    try await Self.set(1_024, of: daemon)
    await daemon.end()
  }

  /// Connections that send all but the last byte of a body.
  private func withhold(_ count: Int, _ daemon: DaemonProcess) -> [Int32] {
    let body = String(repeating: "x", count: 999_999)
    return (0..<count).map { _ in
      daemon.connect(
        sending:
          "POST \(Self.api)/errors HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n\(body)")
    }
  }

  @Test func `withheld bodies take no more memory than the configuration permits`() async throws {
    let config = try write("{ monitoring: { start: false }, transfer_budget_mib: 4 }")
    let daemon = try await DaemonProcess(["--ledger", folder.path(), "--config", config])
    #expect(try await daemon.ask("/healthz").status == 200)
    let before = try daemon.residentBytes()
    let sockets = withhold(60, daemon)
    let limit = ContinuousClock.now + .seconds(300)
    while sockets.count(where: Self.hasAnswer) < 56 {
      try #require(ContinuousClock.now < limit)
      await pause()
    }
    #if !HEALING_TSAN  // What an instrumented program needs says nothing.
      #expect(try daemon.residentBytes() - before < 20 * 1_024 * 1_024)
    #endif
    for socket in sockets where Self.hasAnswer(socket) {
      let answer = Self.answer(socket)
      #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("Retry-After: 5\r\n"))
    }
    let sample = try await daemon.ask(
      Self.api + "/samples", "-H", "Content-Type: application/json", "-d",
      #"{"component": "a", "outcome": "success"}"#)
    #expect(sample.status == 200)
    sockets.forEach { close($0) }
    // SIGHUP changes it.
    _ = try write("{ monitoring: { start: false }, transfer_budget_mib: 64 }")
    daemon.process.signal(SIGHUP)
    _ = try await daemon.process.waitForErrorLine { $0.contains("\"message\":\"reloaded\"") }
    let more = withhold(20, daemon)
    for _ in 0..<10 { #expect(try await daemon.ask("/healthz").status == 200) }
    #expect(!more.contains(where: Self.hasAnswer))
    more.forEach { close($0) }
    await daemon.end()
  }

  @Test func `limits in a configuration are checked`() async throws {
    let wrong = [
      ("{ transfer_budget_mib: 1 }", "transfer_budget_mib must be a whole number, 2 to 16384"),
      ("{ transfer_budget: 64 }", "did you mean transfer_budget_mib?"),
      (
        "{ checks: [{ component: 'a', http: { url: 'http://a', redirects: 'all' } }] }",
        "checks[0].http.redirects must be one of none, same_host, any"
      ),
      ("{ listen: '127.0.0.1:+80' }", "listen must be ADDRESS:PORT"),
    ]
    for (text, words) in wrong {
      let result = try await ChildProcess.run(
        "healing", ["serve", "--config", write(text), "--check-config", "--ledger", "x.db"])
      #expect(result.code == 2 && result.errors.contains(words), "\(text): \(result.errors)")
    }
    for listen in ["127.0.0.1:+80", "127.0.0.1:80:90", "::1:80"] {
      let result = try await ChildProcess.run("healing", ["serve", "--ledger", "x.db", "--listen", listen])
      #expect(result.code == 2 && result.errors.contains("allowed is ADDRESS:PORT"), "\(listen)")
    }
    for option in [["--limit", "+5"], ["--since", "+5h"]] {
      let result = try await ChildProcess.run("healing", ["report", "recent", "--ledger", "x.db"] + option)
      #expect(result.code == 2 && result.errors.contains(option[0]), "\(option): \(result.errors)")
    }
  }
}
