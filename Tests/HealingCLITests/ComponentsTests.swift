import Foundation
import Glibc
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// `healing components`, and its effect on programs that have the ledger open.
@Suite(.serialized) struct ComponentsTests {
  private static let api = "/api/v1/healing"
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ name: String, _ text: String) throws -> String {
    let path = folder.path(name)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func makeLedger() async throws -> String {
    let ledger = try SQLiteLedger(path: folder.path())
    let engine = try await RecoveryEngine(ledger: ledger)
    engine.component("orders_db").report(.failure)
    try engine.component("tenant 42/äöü", policy: ComponentPolicy(breaker: nil)).report(.success)
    try engine.component("mail_api").force(CircuitOverride(kind: .forcedOpen, actor: "ops", reason: "r"))
    try await ledger.close()
    return folder.path()
  }

  private func names(_ path: String) async throws -> [String] {
    try await Program.json("components", "list", "--ledger", path).compactMap { $0["component"] as? String }
  }

  @Test func `components are listed, forgotten ones are not`() async throws {
    let path = try await makeLedger()
    let table = try await Program.run("components", "list", "--ledger", path)
    #expect(table.code == 0 && table.errors.isEmpty)
    for word in ["component", "registered", "metrics_since", "circuit", "orders_db", "closed"] {
      #expect(table.output.contains(word), "\(table.output)")
    }
    #expect(try await names(path) == ["mail_api", "orders_db", "tenant%2042/%C3%A4%C3%B6%C3%BC"])
    for name in try await names(path).dropLast() + ["tenant%2042/%C3%A4%C3%B6%C3%BC"] {
      let result = try await Program.run("components", "forget", name, "--ledger", path)
      #expect(result.code == 0 && result.output.contains("'\(name)' forgotten"), "\(result.errors)")
      #expect(try await !names(path).contains(name))
    }
    #expect(try await names(path).isEmpty)
    #expect(try await Program.json("breakers", "--ledger", path).isEmpty)
    #expect(try await Program.run("check", "--ledger", path).code == 0)
    let actors = try Connection(path: path, mode: .readOnly).rows(
      "SELECT DISTINCT actor FROM v_component_changes"
    ) { $0.text(0) }
    #expect(actors == ["\(NSUserName()) (healing components forget)"])
  }

  @Test func `without an argument the command lists the components`() async throws {
    let path = try await makeLedger()
    let listed = try await Program.run("components", "list", "--ledger", path)
    let bare = try await Program.run("components", "--ledger", path)
    #expect(bare.code == 0 && bare.output == listed.output && bare.output.contains("orders_db"), "\(bare)")
  }

  @Test func `an error is reported, and nothing is created`() async throws {
    let path = try await makeLedger()
    let missing = folder.path("missing.db")
    let cases: [(arguments: [String], code: Int32, words: String)] = [
      (["forget", "nobody", "--ledger", path], 1, "no component is called 'nobody'"),
      (["forget", "tenant 42/äöü", "--ledger", path], 2, "letters, digits"),
      (["forget", "", "--ledger", path], 2, "letters, digits"),
      (["forget", "--ledger", path], 2, "forget NAME"),
      (["forget", "a", "b", "--ledger", path], 2, "'b' is an unexpected argument"),
      (["lst", "--ledger", path], 2, "did you mean 'list'"),
      (["list", "a", "--ledger", path], 2, "'a' is an unexpected argument"),
      (["forget", "orders_db"], 2, "--ledger PATH is missing"),
      (["forget", "orders_db", "--ledger", path, "--format", "json"], 2, "--format is not for 'forget'"),
      (["forget", "orders_db", "--ledger", missing], 3, "no such file"),
      (["list", "--ledger", missing], 3, "no such file"),
    ]
    for (arguments, code, words) in cases {
      let result = try await ChildProcess.run("healing", ["components"] + arguments)
      #expect(result.code == code && result.errors.contains(words), "\(arguments): \(result.errors)")
      #expect(result.output.isEmpty)
    }
    #expect(!FileManager.default.fileExists(atPath: missing))
    #expect(!FileManager.default.fileExists(atPath: missing + "-lock"))
    #expect(try await names(path).count == 3)
  }

  @Test func `a running daemon forgets what another program forgets, also when it starts again`() async throws
  {
    let config = try write(
      "config.json5",
      """
      {
        monitoring: { check_interval_seconds: 0.1 },
        components: [{ component: "mail_api", circuit_breaker: { failure_threshold: 1, timeout_seconds: 3600 } }],
      }
      """)
    let arguments = ["--ledger", folder.path(), "--config", config]
    var daemon = try await DaemonProcess(arguments)
    func post(_ path: String, _ json: String) async throws -> Int {
      try await daemon.ask(Self.api + path, "-H", "Content-Type: application/json", "-d", json).status
    }
    let error = #"{"component": "mail_api", "operation": "send", "message": "connection refused"}"#
    #expect(try await post("/errors", error) == 200)
    #expect(try await daemon.ask(Self.api + "/circuit-breakers").body.contains("\"open\""))
    // The count of executions continues with the calls; that of recoveries does not.
    func recoveries() async throws -> Substring? {
      try await daemon.ask(Self.api + "/recovery/stats").body.firstMatch(of: /"total_recoveries":\d+/)?.output
    }
    let totals = try await recoveries()
    let result = try await Program.run("components", "forget", "mail_api", "--ledger", folder.path())
    #expect(result.code == 0, "\(result.errors)")
    for path in ["/components", "/health/components", "/circuit-breakers"] {
      #expect(try await !daemon.ask(Self.api + path).body.contains("mail_api"), "\(path)")
    }
    // It has read the change when a call makes the name known again. Then its policy is also removed: nothing trips.
    while try await daemon.ask(Self.api + "/health?component=mail_api").status == 404 {
      #expect(try await post("/samples", #"{"component": "mail_api", "outcome": "success"}"#) == 200)
    }
    #expect(try await post("/errors", error) == 200)
    #expect(try await daemon.ask(Self.api + "/circuit-breakers").body.contains("\"total\":0"))
    #expect(try await recoveries() == totals && totals != nil)
    #expect(try await Program.run("components", "forget", "mail_api", "--ledger", folder.path()).code == 0)
    await daemon.end()
    // By its configuration it has the component again, with a circuit that is closed.
    daemon = try await DaemonProcess(arguments)
    var body = ""
    while !body.contains("mail_api") { body = try await daemon.ask(Self.api + "/circuit-breakers").body }
    #expect(body.contains("\"closed\"") && !body.contains("\"open\""))
    await daemon.end()
  }

  @Test func `the configuration sets the limit, and SIGHUP changes it`() async throws {
    let config = try write("config.json5", "{max_components: 1, monitoring: {start: false}}")
    let daemon = try await DaemonProcess(["--ledger", folder.path(), "--config", config])
    func post(_ name: String) async throws -> (status: Int, body: String) {
      let json = #"{"component": "\#(name)", "outcome": "success"}"#
      return try await daemon.ask(Self.api + "/samples", "-H", "Content-Type: application/json", "-d", json)
    }
    #expect(try await post("a").status == 200)
    let refused = try await post("b")
    #expect(refused.status == 429 && refused.body.contains("limit of 1 "))
    let notice = try await daemon.process.waitForErrorLine { $0.contains("new components are refused") }
    #expect(notice.contains("b is a new component") && notice.contains("\"level\":\"warning\""))
    _ = try write("config.json5", "{max_components: 2, monitoring: {start: false}}")
    daemon.process.signal(SIGHUP)
    _ = try await daemon.process.waitForErrorLine { $0.contains("\"message\":\"reloaded\"") }
    #expect(try await post("b").status == 200)
    #expect(try await post("c").status == 429)
    await daemon.end()
    let wrong = try write("wrong.json5", "{max_components: 0}")
    let check = try await Program.run("serve", "--config", wrong, "--check-config", "--ledger", "x.db")
    #expect(check.code == 2 && check.errors.contains("max_components must be a whole number"))
  }

  #if !HEALING_TSAN  // What an instrumented program needs says nothing.
    /// Breakers in a ledger, one of each component that ``a component takes less than two kilobytes`` makes known.
    private func makeBreakers(_ names: [ComponentName]) async throws {
      let ledger = try SQLiteLedger(path: folder.path())
      let engine = try await RecoveryEngine(ledger: ledger, componentLimit: names.count)
      for name in names { engine.component(name).report(.failure) }
      try await ledger.close()
    }

    @Test(arguments: [false, true]) func `a component takes less than two kilobytes`(hasBreaker: Bool)
      async throws
    {
      let names = (0..<20).map { request in
        (0..<1_000).map { ComponentName("tenant-\(request)-\($0).orders_db") }
      }
      if hasBreaker { try await makeBreakers(names.flatMap { $0 }) }
      let config = try write("config.json5", "{max_components: 100000, monitoring: {start: false}}")
      let arguments = ["--ledger", folder.path(), "--config", config]
      var daemon = try await DaemonProcess(arguments)
      func post(_ requests: Range<Int>) async throws {
        for request in requests {
          let samples = names[request].map {
            #"{"component": "\#($0)", "outcome": "success", "duration_ms": 2}"#
          }
          let body = try write("body.json", "{\"samples\": [\(samples.joined(separator: ","))]}")
          let answer = try await daemon.ask(
            Self.api + "/samples", "-H", "Content-Type: application/json", "--data-binary", "@\(body)")
          #expect(answer.status == 200, "\(answer.body)")
        }
      }
      // What the process itself and the parsing of requests need is there after the first.
      try await post(0..<5)
      let before = try daemon.residentBytes()
      let count = 15_000
      try await post(5..<20)
      let each = (try daemon.residentBytes() - before) / count
      #expect(each < 2_048, "\(each) bytes a component")
      let breakers = try await daemon.ask(Self.api + "/circuit-breakers?limit=1").body
      #expect(breakers.contains("\"total\":\(hasBreaker ? 20_000 : 0)"), "\(breakers)")
      await daemon.end()
      // Restored, those with calls within the window cost no more either.
      daemon = try await DaemonProcess(arguments)
      let restored = try daemon.residentBytes() / (count + 5_000)
      #expect(restored < 5_120, "\(restored) bytes a component, the program itself included")
      await daemon.end()
    }
  #endif
}
