import Foundation
import Glibc
import Healing
import HealingServer
import Testing

@Suite struct HostileClientTests {
  @Test func `each hostile request gets a problem and a closed connection`() async throws {
    let server = try await TestServer()
    for (what, text, status) in RequestGuardTests.hostile {
      // The response is read to its end, so a connection that stayed open would hang the test.
      let answer = try await server.exchange(text)
      #expect(answer.headers["content-type"] == "application/problem+json", "\(what)")
      #expect(answer.value("status") == answer.status, "\(what)")
      #expect(answer.headers["connection"] == "close", "\(what)")
      // An unknown method is answered like any other, and the server does not answer to this host.
      #expect(answer.status == (what == "another method" ? 421 : status), "\(what)")
      let second = try await server.exchange("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + text)
      #expect(second.status == answer.status || second.status == 200, "\(what)")
    }
    #expect(try await server.get("//healthz").status == 200)
    try await server.end()
  }

  @Test func `a rejected request has no effect, whatever precedes it`() async throws {
    let server = try await TestServer()
    let body = "{\"component\":\"a\",\"outcome\":\"failure\"}"
    let smuggled =
      "POST /api/v1/healing/samples HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.utf8.count)\r\nContent-Length: 0\r\n\r\n\(body)"
    #expect(try await server.exchange(smuggled).status == 400)
    #expect(try await server.get("/components").value("total") == 0)
    try await server.end()
  }

  @Test func `pipelined requests are answered in order`() async throws {
    let server = try await TestServer()
    let socket = try Socket(port: server.port)
    let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    let last = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    socket.send(request + request + last)
    let text = await String(decoding: socket.receiveAll(), as: UTF8.self)
    let statuses = text.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
    #expect(statuses == ["200", "200", "404"])
    try await server.end()
  }

  @Test func `a body of one megabyte is accepted, one byte more is not`() async throws {
    let server = try await TestServer()
    let limit = 1_024 * 1_024
    let start = "{\"component\":\"a\",\"outcome\":\"success\""
    let filler = String(repeating: " ", count: limit - start.utf8.count - 1)
    #expect(try await server.post("/samples", start + filler + "}").status == 200)
    let answer = try await server.post("/samples", start + filler + " }")
    #expect(answer.status == 413)
    #expect(answer.headers["content-type"] == "application/problem+json")
    try await server.end()
  }

  @Test func `two hundred slow connections delay no request and are closed`() async throws {
    var limits = HTTPLimits()
    limits.headTime = .seconds(5)
    let server = try await TestServer(limits: limits, time: SystemTimeSource())
    let sockets = try (0..<200).map { index in
      let socket = try Socket(port: server.port)
      // Some send nothing, some a partial head, some a body that never arrives.
      if index % 3 == 1 { socket.send("GET /healthz HTTP/1.1\r\nHost: local") }
      if index % 3 == 2 {
        socket.send(
          "POST /api/v1/healing/errors HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{")
      }
      return socket
    }
    // Answered while they all wait.
    for _ in 0..<20 { #expect(try await server.get("//healthz").status == 200) }
    for (index, socket) in sockets.enumerated() where index % 3 != 2 {
      // These clients get the reason; the rest waits for the deadline of bodies.
      #expect(await Answer(raw: socket.receiveAll())?.status == 408)
    }
    #expect(try await server.get("//healthz").status == 200)
    try await server.end()
  }

  @Test func `past the limit the server closes the connection that waited longest and serves others`()
    async throws
  {
    var limits = HTTPLimits()
    limits.connections = 20
    // However slow the machine: none of them is cut for its own slowness.
    (limits.headTime, limits.idleTime) = (.seconds(600), .seconds(600))
    let server = try await TestServer(limits: limits, time: SystemTimeSource())
    let sockets = try (0..<20).map { _ in try Socket(port: server.port) }
    // A connection is closed for another only when it is a second old.
    let limit = ContinuousClock.now + .seconds(120)
    repeat {
      try #require(ContinuousClock.now < limit)
      #expect(try await server.get("//healthz").status == 200)
    } while !sockets[0].hasAnswer
    #expect(await sockets[0].receiveAll().isEmpty)
    sockets[19].send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    #expect(await Answer(raw: sockets[19].receiveAll())?.status == 200)
    try await server.end()
  }

  @Test func `the server closes the connection of a client that does not read its response`() async throws {
    var limits = HTTPLimits()
    limits.answerTime = .seconds(1)
    let server = try await TestServer(limits: limits, time: SystemTimeSource())
    let socket = try Socket(port: server.port)
    let request = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    // More answers than the system's buffers hold.
    let bytes = Array(String(repeating: request, count: 2_000).utf8)
    Thread { socket.send(bytes) }.start()
    await socket.waitForReset()
    #expect(try await server.get("//healthz").status == 200)
    try await server.end()
  }
}
