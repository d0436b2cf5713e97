import Healing
import HealingSQLite
import HealingServer
import HealingTestSupport
import Synchronization
import Testing

/// Ledger, monitor and server in task groups.
@Suite struct RunTests {
  private struct Parts {
    let ledger: SQLiteLedger
    let engine: RecoveryEngine
    let monitor: HealthMonitor
    let server: HealingServer

    init(at path: String, listening address: String = "127.0.0.1:0") async throws {
      ledger = try await SQLiteLedger.open(path: path)
      engine = try await RecoveryEngine(ledger: ledger, policy: ComponentPolicy(breaker: nil))
      monitor = HealthMonitor(engine: engine)
      server = try HealingServer(
        engine: engine, monitor: monitor, options: ServerOptions(listen: try #require(ListenAddress(address)))
      )
    }
  }

  private final class Counter: Sendable {
    private let number = Lock<Int64>(0)
    var value: Int64 { number.withLock { $0 } }
    func add() { number.withLock { $0 += 1 } }
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `a cancelled task group ends ledger, monitor and server`() async throws {
    let parts = try await Parts(at: folder.path())
    let group = Task {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await parts.ledger.run() }
        group.addTask { await parts.monitor.run() }
        group.addTask { try await parts.server.run() }
        for try await _ in group {}
      }
    }
    while parts.server.port == nil || !parts.monitor.isActive { await pause() }
    parts.ledger.record(CallSample(component: "a", outcome: .success, durationNanoseconds: 1, endedAt: 0))
    group.cancel()
    try await group.value
    #expect(parts.server.port == nil && !parts.monitor.isActive)
    let closed = await #expect(throws: LedgerError.self) { try await parts.ledger.flush() }
    #expect(closed?.code == .closed)
    let next = try await SQLiteLedger.open(path: folder.path())
    #expect(try await next.processes.recent(limit: 5).map(\.end) == [.clean, nil])
    #expect(try await next.samples.rates(.all, component: "a").first?.totalRequests == 1)
    try await next.close()
  }

  @Test func `a server that cannot listen ends the group, and the others end as if cancelled`() async throws {
    let address = "\(Loopback.address()):0"
    let first = try await Parts(at: folder.path(), listening: address)
    try await first.server.start()
    let second = try await Parts(at: folder.path("second.db"), listening: first.server.address.description)
    await #expect(throws: HTTPServerError.self) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await second.ledger.run() }
        group.addTask { await second.monitor.run() }
        group.addTask { try await second.server.run() }
        for try await _ in group {}
      }
    }
    #expect(!second.monitor.isActive)
    let closed = await #expect(throws: LedgerError.self) { try await second.ledger.flush() }
    #expect(closed?.code == .closed)
    await first.server.stop()
    try await first.ledger.close()
  }

  @Test func `with the ledger closed last, a cancellation loses no call and no answered request`()
    async throws
  {
    let parts = try await Parts(at: folder.path())
    let calls = Counter()
    let service = Task {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await parts.monitor.run() }
        group.addTask { try await parts.server.run() }
        group.addTask {
          while !Task.isCancelled {
            try await parts.engine.execute("call", on: "service") {}
            calls.add()
            await Task.yield()
          }
        }
        for try await _ in group {}
      }
      try await parts.ledger.close()
    }
    while parts.server.port == nil { await pause() }
    let port = try #require(parts.server.port)
    let answered = Counter()
    await withTaskGroup(of: Void.self) { clients in
      for _ in 0..<4 {
        clients.addTask {
          while let answer = await Self.report(to: port), answer.status == 200 {
            if answer.value("durable", as: Bool.self) == true { answered.add() }
          }
        }
      }
      while answered.value < 50 { await pause() }
      service.cancel()
    }
    try await service.value
    let next = try await SQLiteLedger.open(path: folder.path())
    let rates = try await next.samples.rates(.all, component: nil)
    func total(_ name: ComponentName) -> Int64 { rates.first { $0.component == name }?.totalRequests ?? 0 }
    #expect(total("service") == calls.value)
    // A client cannot know of a request whose answer was cut off.
    #expect(total("client") >= answered.value)
    #expect(try await next.processes.recent(limit: 5).map(\.end) == [.clean, nil])
    try await next.close()
  }

  /// Reports a call over a separate connection.
  /// - Returns: the answer; `nil` when the server is gone.
  private static func report(to port: UInt16) async -> Answer? {
    guard let socket = try? Socket(port: port) else { return nil }
    let body = #"{"component": "client", "outcome": "success", "duration_ms": 1}"#
    socket.send(
      "POST /api/v1/healing/samples HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    return Answer(raw: await socket.receiveAll())
  }
}
