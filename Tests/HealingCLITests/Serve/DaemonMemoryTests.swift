import Foundation
import Glibc
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// The memory that clients can make a daemon with many components use: bodies, responses, and responses being built.
@Suite(.serialized) struct DaemonMemoryTests {
  private static let api = "/api/v1/healing"
  private static let mebibyte = 1_024 * 1_024

  /// A ledger of components with long names and breakers, and of 1,000 long errors.
  private func fill(_ path: String, components: Int) async throws {
    let ledger = try SQLiteLedger(path: path)
    let engine = try await RecoveryEngine(ledger: ledger, policy: ComponentPolicy(breaker: nil))
    for number in 0..<components {
      let name = try ComponentName(
        validating: "c\(number)" + String(repeating: "x", count: 190 - "\(number)".count))
      let component = try engine.setPolicy(ComponentPolicy(), of: name)
      if let snapshot = component.breakerSnapshot() { ledger.record(.breaker(snapshot)) }
      ledger.record(.component(name))
      guard number < 1_000 else { continue }
      _ = component.report(
        ErrorEvidence(type: "", message: "connection refused " + String(repeating: "x y z ", count: 1_300)),
        operation: "send")
    }
    try await ledger.close()
  }

  private static func hasAnswer(_ socket: Int32) -> Bool {
    var events = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&events, 1, 0) > 0
  }

  @Test func `bodies, unread responses and responses being built share one budget`() async throws {
    let folder = try TemporaryFolder()
    try await fill(folder.path(), components: 10_000)
    let daemon = try await DaemonProcess(["--ledger", folder.path()])
    for path in ["/healthz", "/readyz"] { #expect(try await daemon.ask(path).status == 200) }
    let before = try daemon.residentBytes()
    let paths = [
      "\(Self.api)/components?limit=10000", "\(Self.api)/circuit-breakers?limit=10000", "/metrics",
      "\(Self.api)/health/components?limit=10000", "\(Self.api)/recovery/recent?count=1000",
    ]
    let body = String(repeating: "x", count: 1_000_000)
    var sockets: [Int32] = []
    var asked: [Int32] = []
    // Far more than the budget: a response has 2 to 4 MB.
    for number in 0..<75 {
      asked.append(
        daemon.connect(
          sending: "GET \(paths[number % paths.count]) HTTP/1.1\r\nHost: localhost\r\n\r\n"))
      guard number.isMultiple(of: 2) else { continue }
      sockets.append(
        daemon.connect(
          sending:
            "POST \(Self.api)/errors HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000001\r\n\r\n\(body)"))
    }
    let deadline = ContinuousClock.now + .seconds(300)
    while !asked.allSatisfy(Self.hasAnswer) {
      try #require(ContinuousClock.now < deadline)
      await pause()
    }
    #expect(try await daemon.ask("/healthz").status == 200)
    try expectGrowth(of: daemon, since: before)
    (asked + sockets).forEach { close($0) }
    await daemon.end()
  }

  @Test func `reports that wait for the disk take little more memory than their bodies`() async throws {
    let folder = try TemporaryFolder()
    try await fill(folder.path(), components: 1_000)
    let daemon = try await DaemonProcess(["--ledger", folder.path()])
    for path in ["/healthz", "/readyz"] { #expect(try await daemon.ask(path).status == 200) }
    let samples = (0..<1_000).map { number in
      let name = "c\(number)" + String(repeating: "x", count: 190 - "\(number)".count)
      return #"{"component":"\#(name)","outcome":"success"}"#
    }
    let body = #"{"samples":["# + samples.joined(separator: ",") + "]}"
    let head =
      "POST \(Self.api)/samples HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n"
    let before = try daemon.residentBytes()
    // All but the last byte, so that they are whole at the same time.
    let sockets = (0..<150).map { _ in daemon.connect(sending: head + body.dropLast()) }
    for socket in sockets { send(socket, "}", 1, Int32(MSG_NOSIGNAL)) }
    let deadline = ContinuousClock.now + .seconds(300)
    while !sockets.allSatisfy(Self.hasAnswer) {
      try #require(ContinuousClock.now < deadline)
      await pause()
    }
    try expectGrowth(of: daemon, since: before)
    sockets.forEach { close($0) }
    await daemon.end()
  }

  /// The budget of 64 MiB, and the memory of two responses being built.
  private func expectGrowth(of daemon: DaemonProcess, since before: Int) throws {
    #if !HEALING_TSAN  // What an instrumented program needs says nothing.
      let growth = try daemon.peakBytes() - before
      #expect(growth < 144 * Self.mebibyte, "\(growth / Self.mebibyte) MiB")
    #endif
  }
}
