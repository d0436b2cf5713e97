import Foundation
import Glibc
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// What clients, the log and the metrics of a daemon show when its ledger cannot be written.
@Suite struct TroubleTests {
  private static let base = "/api/v1/healing"
  private static let sample = #"{"component": "a", "outcome": "success"}"#

  private func post(_ daemon: DaemonProcess, _ body: String = sample) async throws -> (
    status: Int, body: String
  ) {
    try await daemon.ask(Self.base + "/samples", "-H", "Content-Type: application/json", "-d", body)
  }

  private func move(_ from: String, _ to: String) {
    for suffix in ["", "-wal", "-shm", "-lock"] { _ = rename(from + suffix, to + suffix) }
  }

  private func calls(_ path: String) throws -> Int64 {
    try Connection(path: path, mode: .readOnly).integer(
      "SELECT coalesce(sum(successes), 0) FROM health_sample") ?? 0
  }

  @Test func `responses report a moved ledger, and the daemon writes it again when it is back`()
    async throws
  {
    let folder = try TemporaryFolder()
    let (path, aside) = (folder.path(), folder.path("aside.db"))
    let daemon = try await DaemonProcess(["--ledger", path])
    #expect(try await post(daemon).body.contains("\"durable\":true"))
    move(path, aside)
    for _ in 0..<3 {
      let refused = try await post(daemon)
      #expect(refused.status == 503 && refused.body.contains("moved or removed"), "\(refused)")
    }
    let ready = try await daemon.ask("/readyz")
    #expect(ready.status == 503 && ready.body.contains("moved or removed"), "\(ready)")
    #expect(!ready.body.contains(folder.url.path))
    #expect(try await daemon.ask("/healthz").status == 200)
    let health = try await daemon.ask(Self.base + "/health")
    #expect(health.status == 200 && health.body.contains("\"a\"") == false, "\(health)")
    let metrics = try await daemon.ask("/metrics")
    #expect(metrics.status == 200)
    #expect(metrics.body.contains("healing_ledger_writable 0"), "\(metrics.body)")
    #expect(metrics.body.contains("healing_ledger_readable 0"))
    _ = try await daemon.process.waitForErrorLine { $0.contains("cannot be written") }
    move(aside, path)
    while try await daemon.ask("/readyz").status != 200 {}
    #expect(try await post(daemon).body.contains("\"durable\":true"))
    // The end has not held for long, but the daemon ends.
    await daemon.end()
    let lines = daemon.process.errorText.split(separator: "\n")
    #expect(lines.count { $0.contains("cannot be written") } == 1, "\(lines)")
    let ends = lines.filter { $0.contains("can be written again") }
    #expect(ends.count == 1 && ends.allSatisfy { $0.contains("\"failed_writes\":") }, "\(lines)")
    // A request with a 503 response was not recorded.
    #expect(try calls(path) == 2)
    #expect(try await LedgerCheck(path: path).run().problem == nil)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"))
  func `on a full disk responses say that rows may be lost, and the last log line counts unwritten ones`()
    async throws
  {
    let disk = try SmallDisk("4m")
    let folder = try TemporaryFolder()
    // A round of the monitor would be an event, too. Retention would free space.
    let config = folder.path("config.json5")
    try Data("{monitoring: {start: false}, retention: {reserve_mib: 0}}".utf8).write(
      to: URL(fileURLWithPath: config))
    let daemon = try await DaemonProcess(["--ledger", disk.path, "--config", config])
    // Calls of one component share a row: only new components take more space.
    func samples(_ round: Int) -> String {
      let all = (0..<1_000).map { "{\"component\": \"c\(round)-\($0 % 200)\", \"outcome\": \"success\"}" }
      return "{\"samples\": [\(all.joined(separator: ","))]}"
    }
    var durable = 0
    var waiting = 0
    while waiting < 2_000 && durable < 40_000 {
      if durable == 1_000 { try disk.fill() }
      let answer = try await post(daemon, samples((durable + waiting) / 1_000))
      try #require(answer.status == 200, "\(answer)")
      if answer.body.contains("\"durable\":true") {
        durable += 1_000
      } else {
        #expect(answer.body.contains("\"may_be_lost\":true"), "\(answer)")
        waiting += 1_000
      }
    }
    let metrics = try await daemon.ask("/metrics").body
    #expect(metrics.contains("healing_ledger_writable 0"), "\(metrics)")
    #expect(!metrics.contains("healing_ledger_failed_writes_total 0\n"))
    await daemon.end(with: 3)
    let lines = daemon.process.errorText.split(separator: "\n")
    let end = lines.first { $0.contains("with unwritten events") } ?? ""
    let lost = end.split(separator: " ").compactMap { Int64($0) }.first
    #expect(lost != nil, "\(end)")
    try disk.resize("64m")
    let stored = try calls(disk.path)
    #expect(stored >= durable)
    #expect(stored + (lost ?? 0) == Int64(durable + waiting), "\(stored) \(end)")
    for line in daemon.process.errorText.split(separator: "\n") {
      #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)")
    }
  }

  @Test func `an error that ends the daemon, or prevents its start, is a line of its log`() async throws {
    let folder = try TemporaryFolder()
    let text = folder.path("text")
    try Data(String(repeating: "not a database. ", count: 100).utf8).write(to: URL(fileURLWithPath: text))
    let config = folder.path("wrong.json5")
    try Data("{ lisen: 1 }".utf8).write(to: URL(fileURLWithPath: config))
    let first = try await DaemonProcess(["--ledger", folder.path()])
    let address = String(first.url.dropFirst("http://".count))
    let starts: [([String], Int32, String)] = [
      (["--ledger", text], 4, "not a database"),
      (["--ledger", folder.path("none/x.db")], 3, "does not exist"),
      (["--ledger", folder.path("a.db"), "--listen", address], 1, address),
      (["--ledger", folder.path("a.db"), "--listen", "0.0.0.0:0"], 2, "a token is required"),
      (["--config", config], 2, "did you mean listen?"),
      ([], 2, "--ledger PATH is missing"),
    ]
    for (arguments, code, words) in starts {
      let result = try await ChildProcess.run("healing", ["serve"] + arguments)
      #expect(result.code == code, "\(result)")
      let line = try #require(result.errors.split(separator: "\n").last)
      let fields = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
      #expect(fields?["level"] == "error" && fields?["message"] == "not started", "\(result.errors)")
      #expect(fields?["error"]?.contains(words) == true, "\(result.errors)")
    }
    await first.end()
  }

  @Test(.timeLimit(.minutes(2)), arguments: [SIGTERM, SIGINT])
  func `a signal during the start ends the daemon regularly`(signal: Int32) async throws {
    for _ in 0..<5 {
      let folder = try TemporaryFolder()
      let path = folder.path()
      let daemon = try ChildProcess("healing", ["serve", "--ledger", path, "--listen", "127.0.0.1:0"])
      while !FileManager.default.fileExists(atPath: path + "-lock") { await pause() }
      daemon.signal(signal)
      await daemon.expectEnd()
      let runs = try? await SQLiteLedgerReader(path: path).processes.recent(limit: 5).map(\.end)
      #expect(runs == [.clean], "\(daemon.errorText)")
    }
  }

  @Test func `a start on an address in use creates no ledger`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path()
    let first = try await DaemonProcess(["--ledger", folder.path("first.db")])
    let address = first.url.dropFirst("http://".count)
    let second = try await ChildProcess.run(
      "healing", ["serve", "--ledger", path, "--listen", String(address)])
    #expect(second.code == 1, "\(second)")
    #expect(!FileManager.default.fileExists(atPath: path))
    await first.end()
  }

  @Test func `a ledger in a read-only folder is read, or rejected with the reason`()
    async throws
  {
    // Root may write everywhere.
    try #require(getuid() == 0)
    let folder = try TemporaryFolder()
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    ledger.record(.component("a"))
    try await ledger.close()
    for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
    chmod(path, 0o644)
    chmod(folder.url.path, 0o755)
    func report() async throws -> (code: Int32, output: String, errors: String) {
      let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
      return try await ChildProcess.run(
        "/usr/bin/setpriv", ["--reuid=65534", "--clear-groups", program, "report", "--ledger", path])
    }
    let read = try await report()
    #expect(read.code == 0, "\(read)")
    #expect(FileManager.default.createFile(atPath: path + "-wal", contents: Data(count: 100)))
    let refused = try await report()
    #expect(refused.code == 3 && refused.errors.contains("holds rows"), "\(refused)")
  }
}
