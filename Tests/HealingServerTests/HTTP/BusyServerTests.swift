import Dispatch
import Foundation
import Healing
import HealingServer
import HealingTestSupport
import Testing

/// What the server still answers under many large requests.
@Suite struct BusyServerTests {
  private static let statistics = "GET /api/v1/healing/recovery/stats HTTP/1.1\r\nHost: localhost\r\n\r\n"

  @Test func `large responses have a concurrency limit and a queue, and further ones are rejected`()
    async throws
  {
    let ledger = HeldLedger()
    var options = ServerOptions(listen: try #require(ListenAddress("127.0.0.1:0")))
    (options.limits.largeReads, options.limits.waitingReads) = (2, 3)
    let server = try HealingServer(engine: try await RecoveryEngine(ledger: ledger), options: options)
    try await server.start()
    let port = try #require(server.port)
    let sockets = try (0..<9).map { _ in
      let socket = try Socket(port: port)
      socket.send(Self.statistics)
      return socket
    }
    let limit = ContinuousClock.now + .seconds(300)
    while sockets.count(where: \.hasAnswer) < 4 || ledger.count < 2 {
      try #require(ContinuousClock.now < limit)
      await pause()
    }
    let waiting = sockets.filter { !$0.hasAnswer }
    #expect(waiting.count == 5)
    for socket in sockets where socket.hasAnswer {
      let text = await socket.receive(through: "}")
      #expect(text.hasPrefix("HTTP/1.1 503 ") && text.contains("Retry-After: 1\r\n"))
    }
    // Other operations are answered meanwhile, those that write, too.
    let head = "HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    let sample = #"{"component": "a", "outcome": "success"}"#
    for request in [
      "GET /healthz \(head)\r\n", "GET /api/v1/healing/errors/categories \(head)\r\n",
      "POST /api/v1/healing/samples \(head)Content-Type: application/json\r\nContent-Length: \(sample.utf8.count)\r\n\r\n\(sample)",
    ] {
      let socket = try Socket(port: port)
      socket.send(request)
      #expect(await Answer(raw: socket.receiveAll())?.status == 200, "\(request)")
    }
    #expect(ledger.count == 2)
    ledger.release()
    for socket in waiting { #expect(await socket.peekStatus() == 200) }
    await server.stop()
  }

  @Test(.timeLimit(.minutes(2)))
  func `probes, metrics and health are answered while reports hold every place in line`()
    async throws
  {
    let ledger = HeldLedger(holdsRangesOnly: true)
    var options = ServerOptions(listen: try #require(ListenAddress("127.0.0.1:0")))
    (options.limits.largeReads, options.limits.waitingReads) = (2, 3)
    let server = try HealingServer(engine: try await RecoveryEngine(ledger: ledger), options: options)
    let base = "/api/v1/healing"
    func status(_ path: String) async -> Int {
      await server.respond(method: "GET", path: path, headers: [("Host", "localhost")]).status
    }
    let reports = (0..<5).map { _ in
      Task { await status("\(base)/recovery/stats?since=2026-01-01T00:00:00Z") }
    }
    while ledger.count < 2 { await pause() }
    // The sixth report finds the queue full at the latest when the others wait.
    while await status("\(base)/components") == 200 { await pause() }
    for path in [
      "/readyz", "/metrics", "\(base)/health", "\(base)/health/components", "\(base)/circuit-breakers",
    ] {
      #expect(await status(path) == 200, "\(path)")
    }
    #expect(ledger.count == 2)
    ledger.release()
    for report in reports { #expect(await report.value == 200) }
  }

  @Test func `a waiting client that disconnects leaves the queue`() async throws {
    let ledger = HeldLedger()
    var options = ServerOptions(listen: try #require(ListenAddress("127.0.0.1:0")))
    (options.limits.largeReads, options.limits.waitingReads) = (1, 1)
    let server = try HealingServer(engine: try await RecoveryEngine(ledger: ledger), options: options)
    try await server.start()
    let port = try #require(server.port)
    let first = try Socket(port: port)
    first.send(Self.statistics)
    while ledger.count < 1 { await pause() }
    // Each takes the one place in the line from the one before, once that has gone.
    for _ in 0..<3 {
      var status: Int? = 503
      let limit = ContinuousClock.now + .seconds(300)
      while status == 503 {
        try #require(ContinuousClock.now < limit)
        let next = try Socket(port: port)
        next.send(Self.statistics)
        // It waits in line when another one behind it is refused.
        let probe = try Socket(port: port)
        probe.send(Self.statistics)
        while !next.hasAnswer && !probe.hasAnswer { await pause() }
        status = next.hasAnswer ? 503 : nil
      }
    }
    ledger.release()
    #expect(await first.peekStatus() == 200)
    await server.stop()
  }

  @Test func `healthz responds while every thread of the task pool is busy`() async throws {
    let server = try await TestServer()
    let port = server.port
    let release = DispatchSemaphore(value: 0)
    let count = ProcessInfo.processInfo.activeProcessorCount + 2
    // The client runs on a separate thread: no task would run.
    let answered: Bool = await withCheckedContinuation { continuation in
      for _ in 0..<count { Task.detached { Self.block(release) } }
      Thread {
        let socket = try? Socket(port: port)
        for _ in 0..<20 { socket?.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") }
        var text = ""
        let limit = ContinuousClock.now + .seconds(300)
        while text.components(separatedBy: "HTTP/1.1 200").count <= 20, ContinuousClock.now < limit {
          if socket?.hasAnswer == true { text += String(decoding: socket?.receive() ?? [], as: UTF8.self) }
        }
        for _ in 0..<count { release.signal() }
        continuation.resume(returning: text.components(separatedBy: "HTTP/1.1 200").count == 21)
      }.start()
    }
    #expect(answered)
    try await server.end()
  }

  private static func block(_ semaphore: DispatchSemaphore) { semaphore.wait() }

  @Test func `healthz is decided without a task, also for a rejected request`() async throws {
    let token = try #require(AccessToken("a-token-of-some-length"))
    let server = try await TestServer(.router, options: ServerOptions(writeToken: token))
    func status(_ method: HTTPMethod, _ path: String, host: String) -> Int? {
      let request = HTTPRequest(method, path, headers: HTTPHeaders([("Host", host)]))
      guard case .answer(let response) = server.server.router.handle(request) else { return nil }
      return response.status
    }
    #expect(status(.get, "/healthz", host: "localhost") == 200)
    #expect(status(.head, "/healthz?x=y", host: "localhost") == 200)
    #expect(status(.post, "/healthz", host: "localhost") == 405)
    #expect(status(.get, "/healthz", host: "evil.example") == 421)
    #expect(status(.get, "/openapi.json", host: "localhost") == 401)
    // Work that may wait does not run on this thread.
    #expect(status(.get, "/readyz", host: "localhost") == nil)
    #expect(status(.get, "/metrics", host: "localhost") == nil)
    try await server.end()
  }

  @Test func `four concurrent deeply nested bodies are rejected while healthz responds`() async throws {
    let server = try await TestServer()
    let bodies = [
      String(repeating: "[{\"a\":", count: 481), String(repeating: "[", count: 1_000_000),
      "{\"a\":" + String(repeating: "[", count: 500) + String(repeating: "]", count: 500) + "}",
      "{\"a\":" + String(repeating: "{\"a\":", count: 500) + "1" + String(repeating: "}", count: 501),
    ]
    let sockets = try bodies.map { body in
      let socket = try Socket(port: server.port)
      socket.send(
        "POST /api/v1/healing/errors HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
          + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      return socket
    }
    #expect(try await server.get("//healthz").status == 200)
    for socket in sockets { #expect(await Answer(raw: socket.receiveAll())?.status == 400) }
    try await server.end()
  }
}
