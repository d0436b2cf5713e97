import Foundation
import Glibc
import HealingTestSupport
import Testing

/// `/healthz` and `/readyz` under a limit of open files, while clients hold every connection that they can get.
@Suite(.serialized) struct DescriptorTests {
  private static let api = "/api/v1/healing"

  /// The bytes of a client that keeps its connection open.
  enum Holder: String, CaseIterable {
    case stream, slowHead, withheldBody, untakenAnswers, idle, largeReads

    /// For the client with a number.
    func request(_ number: Int) -> String {
      func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n" }
      return switch self {
      case .stream: get("\(DescriptorTests.api)/events")
      case .slowHead: "POST \(DescriptorTests.api)/errors HTTP/1.1\r\nHost: loc"
      case .withheldBody:
        "POST \(DescriptorTests.api)/errors HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
      // More than the system buffers.
      case .untakenAnswers: String(repeating: get("/openapi.json"), count: 100)
      case .idle: get("/healthz")
      case .largeReads: get(["/metrics", "\(DescriptorTests.api)/components"][number % 2])
      }
    }
  }

  /// A daemon under `ulimit -n`.
  private func daemon(_ limit: Int, _ folder: TemporaryFolder) async throws -> DaemonProcess {
    try await DaemonProcess(
      ["--ledger", folder.path()], through: ["/bin/sh", "-c", "ulimit -n \(limit) && exec \"$@\"", "sh"])
  }

  /// Sends a request with a time limit: one without a response has the status 0.
  private func isServed(_ daemon: DaemonProcess) async throws -> Bool {
    let health = try await daemon.ask("/healthz", "--max-time", "120").status
    let readiness = try await daemon.ask("/readyz", "--max-time", "120").status
    return health == 200 && readiness == 200
  }

  @Test(arguments: [64, 256], Holder.allCases.map { [$0] } + [Holder.allCases])
  func `clients that hold connections block no other client`(limit: Int, holders: [Holder]) async throws {
    let folder = try TemporaryFolder()
    let daemon = try await daemon(limit, folder)
    var sockets: [Int32] = []
    for number in 0..<(limit * 5 / 4) {
      sockets.append(daemon.connect(sending: holders[number % holders.count].request(number)))
    }
    #expect(sockets.allSatisfy { $0 >= 0 })
    for _ in 0..<2 { #expect(try await isServed(daemon), "\(holders)") }
    sockets.forEach { close($0) }
    #expect(try await isServed(daemon))
    await daemon.end()
  }

  @Test(arguments: [24, 32]) func `a limit that leaves too few connections is an error with the reason`(
    limit: Int
  ) async throws {
    let folder = try TemporaryFolder()
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    let result = try await ChildProcess.run(
      "/bin/sh",
      [
        "-c", "ulimit -n \(limit) && exec \"$@\"", "sh", program, "serve", "--listen", "127.0.0.1:0",
        "--ledger",
        folder.path(),
      ])
    #expect(result.code == 1 && result.errors.contains("RLIMIT_NOFILE"), "\(result.code) \(result.errors)")
  }

  @Test func `a stream past half of the connections is rejected with the reason`() async throws {
    let folder = try TemporaryFolder()
    let daemon = try await daemon(64, folder)
    var answers: [String] = []
    var sockets: [Int32] = []
    for _ in 0..<20 {
      let socket = daemon.connect(sending: Holder.stream.request(0))
      sockets.append(socket)
      var buffer = [UInt8](repeating: 0, count: 4_096)
      let count = recv(socket, &buffer, buffer.count, 0)
      answers.append(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
    }
    let refused = answers.filter { !$0.hasPrefix("HTTP/1.1 200 ") }
    // The first are accepted, and only the number of streams rejects the others.
    #expect((1...18).contains(refused.count), "\(refused.count)")
    #expect(answers.prefix(2).allSatisfy { $0.hasPrefix("HTTP/1.1 200 ") })
    for answer in refused {
      #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("Retry-After: 10\r\n"), "\(answer)")
      #expect(answer.contains("application/problem+json") && answer.contains("RLIMIT_NOFILE"), "\(answer)")
    }
    // One that ends gives its place to another.
    close(sockets[0])
    var status = 503
    let deadline = ContinuousClock.now + .seconds(300)
    while status == 503 {
      try #require(ContinuousClock.now < deadline)
      let socket = daemon.connect(sending: Holder.stream.request(0))
      var buffer = [UInt8](repeating: 0, count: 12)
      _ = recv(socket, &buffer, buffer.count, Int32(MSG_WAITALL))
      status = Int(String(decoding: buffer.suffix(3), as: UTF8.self)) ?? 0
      close(socket)
    }
    #expect(status == 200)
    sockets.dropFirst().forEach { close($0) }
    await daemon.end()
  }
}
