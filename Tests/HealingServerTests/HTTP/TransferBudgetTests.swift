import Healing
import HealingServer
import HealingTestSupport
import Synchronization
import Testing

/// How many bytes of bodies and answers clients can make the server hold.
@Suite struct TransferBudgetTests {
  /// Three of them fit.
  private static let size = 620_000
  private let time = VirtualTime(jumps: false)
  private let limits: HTTPLimits

  init() {
    var limits = HTTPLimits()
    limits.transferBytes = 2 * 1_024 * 1_024
    (limits.headTime, limits.bodyTime) = (.seconds(600), .seconds(600))
    (limits.answerTime, limits.idleTime) = (.seconds(600), .seconds(600))
    self.limits = limits
  }

  /// `/small` and `/large` respond immediately, every other path when the gate opens.
  private func transport(_ gate: Gate = Gate()) throws -> TestTransport {
    try TestTransport(limits, time: time) { request in
      switch request.target {
      case "/small": .answer(TestTransport.response(10))
      case "/large": .answer(TestTransport.response(Self.size))
      case "/stream":
        .work { _ in
          HTTPResponse(
            contentType: "text/plain",
            body: .stream { writer in
              try await writer.write([UInt8](repeating: 1, count: 10))
              try await writer.write([UInt8](repeating: 2, count: 3 * 1_024 * 1_024))
            })
        }
      case "/built":
        .work { reserve in
          // More than a fourth of the budget, which is what counts then.
          guard await reserve(16 * 1_024 * 1_024) else { return ProblemDetails(503, "no room").response }
          await gate.pass()
          return TestTransport.response(10)
        }
      default:
        .work { _ in
          await gate.pass()
          return TestTransport.response(10)
        }
      }
    }
  }

  /// Blocks handlers and counts them.
  private final class Gate: Sendable {
    private let state = Lock((isOpen: false, count: 0))
    var count: Int { state.withLock { $0.count } }
    func open() { state.withLock { $0.isOpen = true } }
    func pass() async {
      state.withLock { $0.count += 1 }
      while !state.withLock({ $0.isOpen }) { await pause() }
    }
  }

  private func waitUntil(_ condition: () -> Bool) async throws {
    let limit = ContinuousClock.now + .seconds(300)
    while !condition() {
      try #require(ContinuousClock.now < limit)
      await pause()
    }
  }

  private func withholdingBody(_ transport: TestTransport, _ path: String = "/small") throws -> Socket {
    let socket = try Socket(port: transport.port)
    socket.send(TestTransport.head(.post, path, length: Self.size))
    socket.send([UInt8](repeating: 1, count: Self.size - 1))
    return socket
  }

  @Test func `withheld bodies are rejected past the budget, and small requests are served`()
    async throws
  {
    let transport = try transport()
    let sockets = try (0..<12).map { _ in try withholdingBody(transport) }
    try await waitUntil { sockets.count(where: \.hasAnswer) >= 9 }
    for socket in sockets where socket.hasAnswer {
      let answer = await Answer(raw: socket.receiveAll())
      #expect(answer?.status == 503 && answer?.headers["retry-after"] == "5")
    }
    #expect(try await transport.status(.get, "/small") == 200)
    #expect(try await transport.status(.post, "/small", body: [UInt8](repeating: 1, count: 16_000)) == 200)
    // Those that were not refused are taken to their end.
    for socket in sockets where !socket.hasAnswer {
      socket.send([1])
      #expect(await socket.peekStatus() == 200)
    }
    await transport.end()
  }

  @Test func `a stalled body is dropped for another`() async throws {
    let transport = try transport()
    let sockets = try (0..<12).map { _ in try withholdingBody(transport) }
    try await waitUntil { sockets.count(where: \.hasAnswer) >= 9 }
    let held = sockets.filter { !$0.hasAnswer }
    let body = [UInt8](repeating: 1, count: 1_000_000)
    // The last bytes may still be on their way when the time is moved.
    var status: Int?
    for _ in 0..<20 where status != 200 {
      time.advance(by: limits.stallTime)
      status = try await transport.status(.post, "/small", body: body)
    }
    #expect(status == 200)
    #expect(held.contains { $0.hasAnswer })
    await transport.end()
  }

  /// - Returns: clients that requested a large response and do not read it, and their statuses.
  private func untaken(_ transport: TestTransport, _ count: Int) async throws -> [(Socket, Int?)] {
    var asked: [(Socket, Int?)] = []
    for _ in 0..<count {
      let socket = try Socket(port: transport.port, receiveBuffer: 32_768)
      socket.send(TestTransport.head(.get, "/large"))
      asked.append((socket, await socket.peekStatus()))
    }
    return asked
  }

  @Test func `unread responses are bounded, and small ones are sent`() async throws {
    let transport = try transport()
    let asked = try await untaken(transport, 12)
    let statuses = asked.map(\.1)
    #expect(statuses.first == 200 && statuses.allSatisfy { $0 == 200 || $0 == 503 })
    // The system has taken a part of some.
    #expect((2...5).contains(statuses.count { $0 == 200 }), "\(statuses)")
    #expect(try await transport.status(.get, "/small") == 200)
    // A client that takes its answer gets all of it, and gives its room to the next.
    #expect(await asked[0].0.receive(count: Self.size) >= Self.size)
    #expect(try await transport.status(.get, "/large") == 200)
    await transport.end()
  }

  @Test func `a stalled response is dropped for another, a moving one is not`() async throws {
    let transport = try transport()
    let asked = try await untaken(transport, 8).filter { $0.1 == 200 }.map(\.0)
    let slow = try #require(asked.last)
    var newest: [(Socket, Int?)] = []
    var taken = 0
    func wasCut() -> Bool { asked.dropLast().contains(where: \.isReset) }
    // The system may take so much of some that there is room without a cut; the next answer fills it.
    for _ in 0..<20 where newest.last?.1 != 200 || !wasCut() {
      taken += await slow.receive(count: 10_000)
      // Once it has answered another request, the server has seen that this one moves.
      _ = try await transport.status(.get, "/small")
      newest += try await untaken(transport, 1)
      time.advance(by: limits.stallTime)
    }
    #expect(newest.last?.1 == 200 && wasCut())
    #expect(await slow.receive(count: Self.size - taken) + taken >= Self.size)
    await transport.end()
  }

  @Test func `a body counts until it is processed, also after its client disconnected`() async throws {
    let gate = Gate()
    let transport = try transport(gate)
    for index in 1...3 {
      let socket = try withholdingBody(transport, "/held")
      socket.send([1])
      try await waitUntil { gate.count == index }
    }
    // Their connections have gone with the sockets; another may be cut for it, but not their bodies.
    let body = [UInt8](repeating: 1, count: Self.size)
    #expect(try await transport.status(.post, "/small", body: body) == 503)
    gate.open()
    var status: Int? = 503
    let limit = ContinuousClock.now + .seconds(300)
    while status == 503 && ContinuousClock.now < limit {
      status = try await transport.status(.post, "/small", body: body)
    }
    #expect(status == 200)
    await transport.end()
  }

  @Test func `data sent after a request in progress does not accumulate`() async throws {
    let gate = Gate()
    let transport = try transport(gate)
    var sockets: [Socket] = []
    for index in 1...3 {
      let socket = try Socket(port: transport.port)
      socket.send(TestTransport.head(.get, "/held") + TestTransport.head(.post, "/small", length: Self.size))
      socket.send([UInt8](repeating: 1, count: Self.size - 1))
      try await waitUntil { gate.count == index }
      sockets.append(socket)
    }
    for _ in 0..<20 { #expect(try await transport.status(.get, "/small") == 200) }
    let body = [UInt8](repeating: 1, count: 1_000_000)
    #expect(try await transport.status(.post, "/small", body: body) == 200)
    // They are read on and answered when their turn comes.
    gate.open()
    for socket in sockets {
      _ = await socket.receive(through: "xxxxxxxxxx")
      socket.send([1])
      #expect(await socket.receive(through: "xxxxxxxxxx").hasPrefix("HTTP/1.1 200"))
    }
    await transport.end()
  }

  @Test func `a response counts before it is built`() async throws {
    let gate = Gate()
    let transport = try transport(gate)
    let sockets = try (1...4).map { _ in
      let socket = try Socket(port: transport.port)
      socket.send(TestTransport.head(.get, "/built"))
      return socket
    }
    try await waitUntil { gate.count == 4 }
    #expect(try await transport.status(.get, "/built") == 503)
    #expect(try await transport.status(.get, "/large") == 503)
    #expect(try await transport.status(.get, "/small") == 200)
    gate.open()
    for socket in sockets { #expect(await socket.peekStatus() == 200) }
    #expect(try await transport.status(.get, "/built") == 200)
    #expect(try await transport.status(.get, "/large") == 200)
    await transport.end()
  }

  @Test func `a stream past the budget ends`() async throws {
    let transport = try transport()
    let socket = try Socket(port: transport.port)
    socket.send(TestTransport.head(.get, "/stream"))
    let bytes = await socket.receiveAll()
    #expect(bytes.contains(1) && !bytes.contains(2))
    await transport.end()
  }
}
