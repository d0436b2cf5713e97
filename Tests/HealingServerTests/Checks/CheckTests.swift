import HealingChecks
import Foundation
import Healing
import HealingTestSupport
import Synchronization
import Testing

@Suite struct CheckTests {
  @Test func `an HTTP check evaluates status and body`() async throws {
    let server = try await TestServer(.live)
    let url = { (path: String) in try #require(URL(string: "http://127.0.0.1:\(server.port)\(path)")) }
    #expect(try await HTTPCheck(url: url("/healthz")).check().status == .healthy)
    #expect(try await HTTPCheck(url: url("/healthz"), containing: "ok").check().status == .healthy)
    #expect(try await HTTPCheck(url: url("/healthz"), containing: "fine").check().status == .critical)
    let missing = try await HTTPCheck(url: url("/nowhere")).check()
    #expect(missing == .critical("answered with status 404"))
    #expect(try await HTTPCheck(url: url("/nowhere"), statuses: 400...499).check().status == .healthy)
    try await server.end()
    let nobody = try #require(URL(string: "http://\(Loopback.address()):1/"))
    let gone = try await HTTPCheck(url: nobody).check()
    #expect(gone.status == .critical && gone.message.hasPrefix("cannot be reached"))
  }

  @Test func `an HTTP check reads a bounded part of an endless response`() async throws {
    let server = try SilentServer()
    let url = server.url
    let answering = Task {
      await server.answer("HTTP/1.1 200 OK\r\n\r\nfine", endless: String(repeating: "x", count: 100_000))
    }
    #expect(try await HTTPCheck(url: url, containing: "fine").check().status == .healthy)
    // Ends only because the check closed the connection.
    await answering.value
    let again = Task { await server.answer("HTTP/1.1 200 OK\r\n\r\n", endless: "not so ") }
    let missing = try await HTTPCheck(url: url, containing: "fine").check()
    #expect(missing == .critical("answered without the expected text"))
    await again.value
  }

  @Test func `a cancelled check ends, started or not`() async throws {
    let server = try SilentServer()
    let check = HTTPCheck(url: server.url)
    let early = Task {
      while !Task.isCancelled { await pause() }
      return try await check.check()
    }
    early.cancel()
    await #expect(throws: CancellationError.self) { try await early.value }
    let late = Task { try await check.check() }
    let client = await server.waitForClient()
    defer { close(client) }
    late.cancel()
    await #expect(throws: CancellationError.self) { try await late.value }
  }

  /// A check that hangs until it is cancelled, and a function that ends it.
  private func hanging(_ kind: String, _ folder: TemporaryFolder) async throws -> (
    look: @Sendable () async throws -> HealthCheck.Result, begun: @Sendable () async -> Void, end: () -> Void
  ) {
    switch kind {
    case "http":
      let server = try SilentServer()
      let check = HTTPCheck(url: server.url)
      let client = Lock<Int32>(-1)
      return (
        { try await check.check() },
        {
          let socket = await server.waitForClient(); client.withLock { $0 = socket }
        },
        { client.withLock { _ = close($0) } }
      )
    case "tcp":
      // Whether it connects or not: the task is cancelled before the check.
      let check = TCPCheck(host: Loopback.address(), port: 1, timeout: .seconds(300))
      let isBegun = Lock(false)
      return (
        {
          isBegun.withLock { $0 = true }
          while !Task.isCancelled { await pause() }
          return try await check.check()
        }, { while !isBegun.withLock({ $0 }) { await pause() } }, {}
      )
    default:
      let mark = folder.path("begun")
      let command = CommandCheck(arguments: ["/bin/sh", "-c", "echo > \(mark); exec sleep 1000"])
      return (
        { try await command.check() },
        { while !FileManager.default.fileExists(atPath: mark) { await pause() } }, {}
      )
    }
  }

  @Test(arguments: ["http", "tcp", "command"])
  func `a cancelled configured check has no result and runs again`(kind: String) async throws {
    let folder = try TemporaryFolder()
    let time = VirtualTime(jumps: false)
    let (look, begun, end) = try await hanging(kind, folder)
    let isCut = Lock(false)
    let ledger = InMemoryLedger(time: time)
    let monitor = HealthMonitor(engine: try await RecoveryEngine(ledger: ledger, time: time))
    let check = ConfiguredCheck(
      timeout: .seconds(60), interval: .seconds(600), limiter: ConcurrencyLimiter(limit: 1), time: time
    ) { isCut.withLock { $0 } ? .healthy("anew") : try await look() }
    monitor.register("api", check: try HealthCheck(timeout: .seconds(3_600)) { try await check.check() })
    let running = Task { await monitor.check("api") }
    await begun()
    time.advance(by: .seconds(2))
    running.cancel()
    #expect(await running.value == nil)
    end()
    isCut.withLock { $0 = true }
    // The check that was cut off ends by itself, and its place at the limiter is free.
    var health: ComponentHealth?
    while health == nil {
      await pause()
      health = await monitor.check("api")
    }
    #expect(health?.status == .healthy && health?.message == "no calls; anew")
    #expect(try await ledger.checks.recent(component: "api", limit: 9).map(\.status) == [.healthy])
    #expect(try await ledger.checks.recentAlerts(component: "api", limit: 9).isEmpty)
  }

  @Test func `a TCP check connects`() async throws {
    let server = try await TestServer(.live)
    let check = TCPCheck(host: "127.0.0.1", port: server.port, timeout: .seconds(300))
    #expect(try await check.check().status == .healthy)
    try await server.end()
    let nobody = TCPCheck(host: Loopback.address(), port: 1, timeout: .seconds(300))
    #expect(try await nobody.check().message.contains("Connection refused"))
    let unknown = TCPCheck(host: "no-such-host.invalid", port: 1, timeout: .seconds(5))
    #expect(try await unknown.check().message.contains("cannot be resolved"))
  }

  @Test func `a command's exit code is the status, and its first line the message`() async throws {
    func look(_ script: String) async throws -> HealthCheck.Result {
      try await CommandCheck(arguments: ["/bin/sh", "-c", script]).check()
    }
    #expect(try await look("echo fine; echo more") == .healthy("fine"))
    #expect(try await look("echo slow; exit 1") == .degraded("slow"))
    #expect(try await look("exit 2") == .critical("exit code 2"))
    #expect(try await look("kill -KILL $$") == .critical("ended by signal 9"))
    // It inherits no secrets.
    #expect(try await look("env | grep -c -i -e token -e home=").status == .degraded)
    let missing = await #expect(throws: (any Error).self) {
      try await CommandCheck(arguments: ["/nowhere/program"]).check()
    }
    #expect(missing.map { "\($0)" } == "cannot start /nowhere/program: No such file or directory")
  }

  @Test func `a command past its timeout is killed`() async throws {
    let folder = try TemporaryFolder()
    let time = VirtualTime(jumps: false)
    // With what it has started itself.
    let script = "sleep 1000 & echo $$ $! > \(folder.path("pids")); wait"
    let command = CommandCheck(arguments: ["/bin/sh", "-c", script])
    let check = ConfiguredCheck(timeout: .seconds(3), limiter: ConcurrencyLimiter(limit: 1), time: time) {
      try await command.check()
    }
    let found = Task { try await check.check() }
    var text = ""
    while !text.hasSuffix("\n") {
      await pause()
      text = (try? String(contentsOfFile: folder.path("pids"), encoding: .utf8)) ?? ""
    }
    await time.waitForSleepers()
    time.advance(by: .seconds(3))
    #expect(try await found.value.message == "check took longer than 3.0 seconds")
    let pids = text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    #expect(pids.count == 2)
    for pid in pids { while Self.runs(pid) { await pause() } }
  }

  @Test(arguments: ["exit 0", "exit 1", "exit 2", "kill -KILL $$", "echo fine", "exec >&-; exit 0"])
  func `processes that a command starts end with its check`(ending: String) async throws {
    let folder = try TemporaryFolder()
    // One holds the pipe and writes for ever, one has closed it, one starts another.
    let script = """
      yes & echo $! > \(folder.path("pids"))
      sleep 1000 > /dev/null & echo $! >> \(folder.path("pids"))
      sh -c 'sleep 1000 & echo $! >> \(folder.path("pids"))' > /dev/null 2>&1
      \(ending)
      """
    let found = try await CommandCheck(arguments: ["/bin/sh", "-c", script]).check()
    #expect(
      (found.status == .healthy)
        == !(ending.contains("exit 1") || ending.contains("exit 2") || ending.contains("kill")))
    let text = try String(contentsOfFile: folder.path("pids"), encoding: .utf8)
    let pids = text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    #expect(pids.count == 3)
    let deadline = ContinuousClock.now + .seconds(300)
    while pids.contains(where: Self.runs), ContinuousClock.now < deadline { await pause() }
    #expect(!pids.contains(where: Self.runs))
    for pid in pids where Self.runs(pid) { kill(pid, SIGKILL) }
  }

  @Test func `a component changes its status only after consecutive results`() async throws {
    let time = VirtualTime(jumps: false)
    let results = Results([
      .critical("a"), .healthy(), .critical("b"), .critical("c"), .healthy(), .healthy("well"),
    ])
    let check = ConfiguredCheck(
      timeout: .seconds(1), failureThreshold: 2, successThreshold: 2, limiter: ConcurrencyLimiter(limit: 1),
      time: time
    ) { await results.next() }
    var statuses: [HealthStatus] = []
    for _ in 0..<6 { statuses.append(try await check.check().status) }
    #expect(statuses == [.healthy, .healthy, .healthy, .critical, .critical, .healthy])
  }

  @Test func `measurements of a failed check do not count before the failure threshold`() async throws {
    let time = VirtualTime(jumps: false)
    let check = ConfiguredCheck(
      timeout: .seconds(1), failureThreshold: 2, limiter: ConcurrencyLimiter(limit: 1), time: time
    ) {
      HealthCheck.Result(.degraded, "slow", responseTime: .seconds(3), errorRate: 0.9)
    }
    let first = try await check.check()
    #expect(first.status == .healthy && first.responseTime == .seconds(3) && first.errorRate == nil)
    #expect(try await check.check().errorRate == 0.9)
  }

  @Test func `a check with its own interval runs again only when it is due`() async throws {
    let time = VirtualTime(jumps: false)
    let results = Results([.healthy("1"), .healthy("2")])
    let check = ConfiguredCheck(
      timeout: .seconds(100), interval: .seconds(60), limiter: ConcurrencyLimiter(limit: 1), time: time
    ) { await results.next() }
    #expect(try await check.check().message == "1")
    time.advance(by: .seconds(59))
    #expect(try await check.check().message == "1")
    time.advance(by: .seconds(1))
    #expect(try await check.check().message == "2")
  }

  @Test func `checks have a concurrency limit, and a cancelled one leaves the queue`() async throws {
    let limiter = ConcurrencyLimiter(limit: 2)
    let counter = Counter()
    await withTaskGroup { group in
      for _ in 0..<20 {
        group.addTask {
          let check = ConfiguredCheck(timeout: .seconds(60), limiter: limiter) {
            await counter.enter()
            for _ in 0..<10 { await Task.yield() }
            await counter.leave()
            return .healthy()
          }
          _ = try? await check.check()
        }
      }
    }
    #expect(await counter.most == 2)
    let blocker = AsyncStream.makeStream(of: Void.self)
    let holders = (0..<2).map { _ in
      Task {
        try await ConfiguredCheck(timeout: .seconds(60), limiter: limiter) {
          await counter.enter()
          for await _ in blocker.stream {}
          return .healthy()
        }.check()
      }
    }
    while await counter.now < 2 { await pause() }
    let waiting = Task {
      try await ConfiguredCheck(timeout: .seconds(60), limiter: limiter) { .healthy() }.check()
    }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    blocker.continuation.finish()
    for holder in holders { _ = try await holder.value }
    #expect(
      try await ConfiguredCheck(timeout: .seconds(60), limiter: limiter) { .healthy("free") }.check().message
        == "free")
  }

  /// A killed process may wait for its present parent to collect it.
  private static func runs(_ pid: Int32) -> Bool {
    let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    return status.map { !$0.contains(") Z ") } ?? false
  }

  private actor Results {
    private var rest: [HealthCheck.Result]
    init(_ all: [HealthCheck.Result]) { rest = all }
    func next() -> HealthCheck.Result { rest.isEmpty ? .critical("none left") : rest.removeFirst() }
  }

  private actor Counter {
    private(set) var now = 0
    private(set) var most = 0
    func enter() {
      now += 1
      most = max(most, now)
    }
    func leave() { now -= 1 }
  }
}
