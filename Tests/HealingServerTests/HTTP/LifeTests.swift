import Glibc
import Healing
import HealingServer
import HealingTestSupport
import Testing

@Suite struct LifeTests {
  private static func server(at address: String = "127.0.0.1") async throws -> HealingServer {
    let listen = try #require(ListenAddress("\(address):0"))
    return try HealingServer(
      engine: try await RecoveryEngine(ledger: InMemoryLedger()), options: ServerOptions(listen: listen))
  }

  @Test func `a server that does not listen stops at once, and none is started twice`() async throws {
    let server = try await Self.server()
    await server.stop()
    try await server.start()
    await #expect(throws: HTTPServerError.self) { try await server.start() }
    await server.stop()
    await server.stop()
    #expect(server.port == nil)
    await #expect(throws: HTTPServerError.self) { try await server.start() }
  }

  @Test func `an address in use is reported, and starting can be retried`() async throws {
    let address = Loopback.address()
    let first = try await Self.server(at: address)
    try await first.start()
    let port = try #require(first.port)
    let taken = try #require(ListenAddress("\(address):\(port)"))
    let second = try HealingServer(
      engine: try await RecoveryEngine(ledger: InMemoryLedger()), options: ServerOptions(listen: taken))
    let error = await #expect(throws: HTTPServerError.self) { try await second.start() }
    #expect(error?.description.contains("Address already in use") == true)
    // As a program has one that is just being started.
    let copy = try #require(Self.copyOfListener(on: port))
    defer { close(copy) }
    await first.stop()
    try await second.start()
    await second.stop()
  }

  private static func copyOfListener(on port: UInt16) -> Int32? {
    let listener = (3..<Int32(20_000)).first { descriptor in
      var (listens, size): (Int32, socklen_t) = (0, 4)
      getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size)
      var address = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isNamed = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
      }
      return listens == 1 && isNamed && UInt16(bigEndian: address.sin_port) == port
    }
    return listener.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
  }

  @Test func `a server without a reference keeps responding`() async throws {
    let port = try await Task {
      let server = try await Self.server()
      try await server.start()
      return try #require(server.port)
    }.value
    for _ in 0..<3 {
      let socket = try Socket(port: port)
      socket.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      #expect(await Answer(raw: socket.receiveAll())?.status == 200)
    }
  }

  @Test func `data after a closing request is ignored`() async throws {
    let server = try await TestServer(.live)
    for _ in 0..<20 {
      let last = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
      let socket = try Socket(port: server.port)
      socket.send(last)
      socket.send("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n")
      // One of the two is answered: the first, unless both came in one piece.
      let status = await Answer(raw: socket.receiveAll())?.status
      #expect(status == 200 || status == 400)
    }
    #expect(try await server.get("//healthz").status == 200)
    try await server.end()
  }

  @Test func `queries for names create none`() async throws {
    let server = try await TestServer(.router)
    for index in 0..<1_000 {
      _ = try await server.get("/health?component=LifeTests.\(index)")
      _ = try await server.get("/component/LifeTests.\(index)/stats")
      _ = try await server.get("/recovery/stats?component=LifeTests.\(index)")
      _ = try await server.post("/component/LifeTests.\(index)/reset")
    }
    #expect(server.engine.components.isEmpty)
    #expect(try await server.engine.ledger.components.all().isEmpty)
    try await server.end()
  }
}
