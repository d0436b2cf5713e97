import Foundation
import Glibc
import HealingTestSupport
import Testing

@Suite(.serialized) struct ServeTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let api = "/api/v1/healing"
  private static let token = "a-token-of-some-length"

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ name: String, _ text: String) throws -> String {
    let path = folder.path(name)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func `a client with Python's standard library finds every endpoint unchanged`() async throws {
    let config = try write("config.json5", "{monitoring: {start: false}}")
    let daemon = try await DaemonProcess(
      ["--ledger", folder.path(), "--config", config], environment: ["HEALING_TOKEN": Self.token])
    let script = Self.root.appendingPathComponent("Tests/Clients/scenario.py").path
    let result = try await ChildProcess.run("/usr/bin/env", ["python3", script, daemon.url, Self.token])
    #expect(result.code == 0, "\(result.output)\(result.errors)")
    await daemon.end()
    #expect(!daemon.process.errorText.contains(Self.token))
  }

  @Test func `the documented configuration is valid, and an invalid one is reported in one line`()
    async throws
  {
    func check(_ path: String) async throws -> (code: Int32, output: String, errors: String) {
      try await ChildProcess.run(
        "healing", ["serve", "--config", path, "--check-config", "--ledger", "x.db"])
    }
    let documented = try await check(Self.root.appendingPathComponent("docs/healing.json5").path)
    #expect(documented.code == 0, "\(documented.errors)")
    #expect(
      documented.output == "the configuration is valid: 3 checks, 3 alerts, listening on 127.0.0.1:8484\n")
    let wrong: [(String, String)] = [
      ("{ lisen: '127.0.0.1:1' }", "lisen is not a known key; did you mean listen?"),
      (
        "{ recording: { sample_delay_ms: 10001 } }",
        "recording.sample_delay_ms must be a whole number, 0 to 10000"
      ),
      (
        "{ recording: { sample_detail: 'all' } }",
        "recording.sample_detail must be one of every_call, limited, merged"
      ),
      (
        "{ recording: { sample_detail: 'merged', sample_rows_per_second: 5 } }",
        "recording.sample_rows_per_second has an effect only with sample_detail limited"
      ),
      ("{ recording: { error_rows_per_second: 0 } }", "recording.error_rows_per_second must be"),
      ("{ read_deadline_seconds: 0 }", "read_deadline_seconds must be a number"),
      ("{ monitoring: { check_interval: 5 } }", "did you mean check_interval_seconds?"),
      ("{ listen: 'everywhere' }", "listen must be ADDRESS:PORT"),
      ("{ listen: '0.0.0.0:80' }", "a token is required"),
      ("{ monitoring: { alert_threshold: 'healthy' } }", "degraded, unhealthy, critical"),
      (
        "{ monitoring: { circuit_alert_delay_seconds: 3601 } }",
        "circuit_alert_delay_seconds must be a number, 0 to 3,600"
      ),
      ("{ checks: [{ component: 'a' }] }", "checks[0].http tcp or command: give exactly one"),
      ("{ checks: [{ component: 'a', command: ['ls'] }] }", "the full path of a program"),
      ("{ checks: [{ component: 'a', http: { url: 'ftp://a' } }] }", "checks[0].http.url must be an http"),
      ("{ checks: [{ component: 'a', tcp: { host: 'a', port: 65536 } }] }", "checks[0].tcp.port"),
      ("{ check_concurrency: 0 }", "check_concurrency must be a whole number, 1 to 100"),
      ("{ alerts: [{ name: 'a b', log: true }] }", "alerts[0].name"),
      (
        "{ alerts: [{ name: 'a', log: true }, { name: 'a', log: true }] }",
        "alerts[1].name repeats 'a' of alerts[0]"
      ),
      (
        "{ components: [{ component: 'a' }, { component: 'b' }, { component: 'a' }] }",
        "components[2].component repeats 'a' of components[0]; remove one"
      ),
      (
        "{ checks: [{ component: 'a', tcp: { host: 'h', port: 1 } }, { component: 'a', tcp: { host: 'h', port: 2 } }] }",
        "checks[1].component repeats 'a' of checks[0]; give each check its own component"
      ),
      ("{ checks: [{ component: 'alert.a', tcp: { host: 'h', port: 1 } }] }", "must not begin with 'alert.'"),
      (
        "{ checks: [{ component: 'a', tcp: { host: 'h', port: 1 }, interval_seconds: 7 }] }",
        "checks[0].interval_seconds must be 0, or not less than monitoring.check_interval_seconds, which is 30"
      ),
      (
        "{ alerts: [{ name: 'a', log: true, timeout_seconds: 3 }] }",
        "alerts[0].timeout_seconds is for webhook"
      ),
      (
        "{ listen: '127.0.0.1:1', listen: '127.0.0.1:2' }", "line 1, column 26: the key listen is given twice"
      ),
      (
        "{ checks: [{ component: 'a', command: ['/nowhere/x'] }, { component: 'b', command: ['/etc/passwd'] }] }",
        "checks[0].command: /nowhere/x does not exist; install it, or correct the path; checks[1].command: /etc/passwd is"
      ),
      ("{ alerts: [{ name: 'a', command: ['/usr'] }] }", "alerts[0].command: /usr is not an executable file"),
      ("{ components: [{ component: 'a', circuit_breaker: { timeout_seconds: 0 } }] }", "timeout_seconds"),
      (
        "{ token_file: '/nowhere/token' }",
        "/nowhere/token: the token cannot be read: No such file or directory"
      ),
      ("{ a: }", "not valid JSON5: line 1, column 6: expected a value, found '}'"),
      ("{\n  // ü\n  listen: 'ä' hosts: []\n}", "line 3, column 15: expected a comma or '}', found 'h'"),
    ]
    for (text, words) in wrong {
      let result = try await check(write("wrong.json5", text))
      #expect(result.code == 2, "\(text)")
      #expect(result.errors.contains(words), "\(text): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1 && result.output.isEmpty, "\(text)")
    }
  }

  @Test func `a start on an address in use names the remedy and creates no ledger`() async throws {
    let daemon = try await DaemonProcess(["--ledger", folder.path("first.db")])
    let path = folder.path("second.db")
    let address = String(daemon.url.dropFirst("http://".count))
    let second = try await Program.run("serve", "--ledger", path, "--listen", address)
    #expect(
      second.code == 1
        && second.errors.contains("Address already in use; end the program that listens there"),
      "\(second)")
    #expect(!FileManager.default.fileExists(atPath: path))
    await daemon.end()
    let missing = try await Program.run("serve", "--config", folder.path("none.json5"))
    #expect(
      missing.code == 2
        && missing.errors.contains("the configuration cannot be read: No such file or directory"),
      "\(missing)")
  }

  @Test func `--check-config checks the ledger's folder`() async throws {
    let path = folder.path("none/healing.db")
    let config = try write("config.json5", "{ ledger: '\(path)' }")
    let missing = try await ChildProcess.run("healing", ["serve", "--config", config, "--check-config"])
    #expect(missing.code == 2 && missing.output.isEmpty)
    #expect(
      missing.errors.hasPrefix(
        "healing: \(config): ledger: the folder \(folder.path("none")) does not exist; create it"),
      "\(missing.errors)")
    let right = try await ChildProcess.run(
      "healing", ["serve", "--config", config, "--check-config", "--ledger", folder.path()])
    #expect(right.code == 0, "\(right.errors)")
  }

  @Test func `one token for both roles is rejected, whatever its sources`() async throws {
    let same = try write("token", Self.token + "\n")
    let other = try write("other", "  \(Self.token) ")
    let different = try write("different", "another-token-of-some-length")
    func check(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> (
      code: Int32, errors: String
    ) {
      let child = try ChildProcess(
        "healing", ["serve", "--check-config", "--ledger", folder.path()] + arguments,
        environment: environment)
      return (await child.wait(), child.errorText)
    }
    for (arguments, environment) in [
      (["--token-file", same, "--read-token-file", same], [:]),
      (["--token-file", same, "--read-token-file", other], [:]),
      (["--token-file", same], ["HEALING_READ_TOKEN": Self.token]),
      ([], ["HEALING_TOKEN": Self.token, "HEALING_READ_TOKEN": Self.token]),
    ] {
      let (code, errors) = try await check(arguments, environment)
      #expect(code == 2 && errors.contains("hold the same token"), "\(arguments): \(errors)")
      #expect(!errors.contains(Self.token))
    }
    #expect(try await check(["--token-file", same, "--read-token-file", different]).code == 0)
  }

  @Test func `at SIGHUP a value that needs a restart and a missing file are each a line of the log`()
    async throws
  {
    let config = try write(
      "config.json5",
      "{monitoring: {start: false}, components: [{component: 'kept'}, {component: 'gone'}]}")
    let daemon = try await DaemonProcess(["--config", config, "--ledger", folder.path()])
    // Neither the address nor the ledger is said by the configuration: the command line has the last word.
    _ = try write(
      "config.json5",
      """
      {monitoring: {start: false}, allow_fuse: true, listen: "127.0.0.1:1", ledger: "/elsewhere.db",
       components: [{component: 'kept'}], checks: [{component: 'c', command: ['/nowhere/x']}]}
      """)
    daemon.process.signal(SIGHUP)
    _ = try await daemon.process.waitForErrorLine { $0.contains("\"message\":\"reloaded\"") }
    var lines = daemon.process.errorText.split(separator: "\n").filter { $0.contains("needs a restart") }
    #expect(lines.count == 2, "\(lines)")
    #expect(lines.first?.contains(#""configured":"true","in_force":"false","key":"allow_fuse""#) == true)
    #expect(lines.last?.contains("circuit breaker of gone") == true)
    let missing = daemon.process.errorText.split(separator: "\n").filter { $0.contains("is unusable") }
    #expect(missing.count == 1 && missing[0].contains("checks[0].command: /nowhere/x"), "\(missing)")
    await daemon.end()

    let second = try ChildProcess(
      "healing",
      ["serve", "--config", try write("second.json5", "{listen: '127.0.0.1:0', ledger: '\(folder.path())'}")])
    _ = try await second.waitForErrorLine { $0.contains("\"message\":\"ready\"") }
    _ = try write("second.json5", "{listen: '127.0.0.1:1', ledger: '/elsewhere.db'}")
    second.signal(SIGHUP)
    _ = try await second.waitForErrorLine { $0.contains("\"message\":\"reloaded\"") }
    lines = second.errorText.split(separator: "\n").filter { $0.contains("needs a restart") }
    #expect(lines.count == 2, "\(lines)")
    #expect(
      lines.contains { $0.contains(#""configured":"127.0.0.1:1","in_force":"127.0.0.1:0","key":"listen""#) })
    #expect(
      lines.contains { $0.contains(#""configured":"/elsewhere.db""#) && $0.contains(#""key":"ledger""#) })
    second.signal(SIGTERM)
    await second.expectEnd()
  }

  @Test func `the help lists the options, and a token is not among them`() async throws {
    let help = try await ChildProcess.run("healing", ["serve", "--help"])
    #expect(help.code == 0)
    for word in [
      "--ledger=PATH", "--config=PATH", "--check-config", "--listen=ADDRESS", "--token-file=PATH",
      "HEALING_TOKEN", "SIGTERM",
    ] {
      #expect(help.output.contains(word), "\(word)")
    }
    let token = try await ChildProcess.run("healing", ["serve", "--ledger", "x", "--token", "secret"])
    #expect(token.code == 2 && token.errors.contains("did you mean --token-file?"))
  }

  @Test func `the daemon notifies systemd, and SIGTERM ends it with all rows on disk`() async throws {
    let notifications = try NotifySocket(path: folder.path("notify"))
    let daemon = try await DaemonProcess(
      ["--ledger", folder.path()],
      environment: ["NOTIFY_SOCKET": notifications.path, "WATCHDOG_USEC": "200000"])
    #expect(await notifications.receive() == "READY=1")
    #expect(await notifications.receive() == "WATCHDOG=1")
    for _ in 0..<20 {
      let answer = try await daemon.ask(
        Self.api + "/recoveries", "-H", "Content-Type: application/json", "-d",
        #"{"component": "a", "operation": "x", "action": "retry", "success": true}"#)
      #expect(answer.status == 200)
    }
    // A client that follows the events does not hold the end up.
    let follower = try ChildProcess("/usr/bin/curl", ["-sSN", daemon.url + Self.api + "/events"])
    _ = try await follower.waitForLine { $0 == "retry: 2000" }
    await daemon.end()
    await follower.expectEnd()
    var last = ""
    while last != "STOPPING=1" { last = await notifications.receive() }
    let report = try await Program.json("report", "overall", "--ledger", folder.path())
    #expect(report.first?["total_recoveries"] as? Int == 20)
    // Checkpointed: all is in the file itself.
    let log = try FileManager.default.attributesOfItem(atPath: folder.path() + "-wal")[.size] as? Int ?? 0
    #expect(log == 0)
    for line in daemon.process.errorText.split(separator: "\n") {
      #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)")
    }
  }

  @Test func `SIGHUP applies a new configuration, and keeps the old one when the new one is invalid`()
    async throws
  {
    let secret = try write("token", Self.token + "\n")
    let config = try write("config.json5", "{monitoring: {start: false}}")
    let daemon = try await DaemonProcess(["--ledger", folder.path(), "--config", config])
    #expect(try await daemon.ask(Self.api + "/monitoring/status").status == 200)

    _ = try write("config.json5", "{monitoring: {check_interval_seconds: 7}, token_file: '\(secret)'}")
    daemon.process.signal(SIGHUP)
    _ = try await daemon.process.waitForErrorLine { $0.contains("\"message\":\"reloaded\"") }
    #expect(try await daemon.ask(Self.api + "/monitoring/status").status == 401)
    let header = "Authorization: Bearer \(Self.token)"
    let status = try await daemon.ask(Self.api + "/monitoring/status", "-H", header)
    #expect(
      status.body.contains("\"check_interval_seconds\":7")
        && status.body.contains("\"monitoring_active\":true"))

    _ = try write("config.json5", "{monitring: {}}")
    daemon.process.signal(SIGHUP)
    let line = try await daemon.process.waitForErrorLine { $0.contains("not reloaded") }
    #expect(line.contains("did you mean monitoring?"))
    #expect(try await daemon.ask(Self.api + "/monitoring/status", "-H", header).body == status.body)
    await daemon.end()
  }

  @Test func `the engine delivers an alert, and the ledger records the deliveries`() async throws {
    let delivered = folder.path("delivered")
    let config = try write(
      "config.json5",
      """
      {
        monitoring: { check_interval_seconds: 0.1 },
        checks: [{ component: "broken", command: ["/bin/sh", "-c", "echo 'no, password=hunter2hunter2'; exit 2"] }],
        alerts: [
          { name: "file", command: ["/usr/bin/tee", "-a", "\(delivered)"] },
          { name: "log", log: true },
          { name: "dead", webhook: { url: "http://127.0.0.1:9/" } },
        ],
      }
      """)
    let daemon = try await DaemonProcess(["--ledger", folder.path(), "--config", config])
    let line = try await daemon.process.waitForErrorLine { $0.contains("\"message\":\"alert\"") }
    #expect(line.contains("\"component\":\"broken\"") && line.contains("\"status\":\"critical\""))
    // The webhook without a listener is retried, and its failures are rows.
    var failed = 0
    while failed < 3 {
      let body = try await daemon.ask(Self.api + "/component/alert.dead/stats").body
      let object = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
      failed = object?["failed_requests"] as? Int ?? 0
    }
    var text = ""
    while !text.contains("\"kind\":\"raised\"") {
      text = (try? String(contentsOfFile: delivered, encoding: .utf8)) ?? ""
      await pause()
    }
    await daemon.end()
    let troubles = daemon.process.errorText.split(separator: "\n").filter {
      $0.contains("an alert channel fails")
    }
    #expect(troubles.count == 1 && troubles[0].contains("\"channel\":\"dead\""), "\(troubles)")
    #expect(text.contains("\"component\":\"broken\""))
    #expect(!text.contains("hunter2") && !daemon.process.errorText.contains("hunter2"))
  }

  @Test
  func `a check that was removed between two runs is no longer monitored, and its component is forgotten`()
    async throws
  {
    func configure(_ checks: [String]) throws -> String {
      let list = checks.map { "{ component: '\($0)', command: ['/usr/bin/false'] }" }.joined(separator: ", ")
      return try write(
        "config.json5",
        "{ monitoring: { check_interval_seconds: 0.1, alert_threshold: 'degraded' }, checks: [\(list)], alerts: [{ name: 'log', log: true }] }"
      )
    }
    let config = try configure(["gone", "kept"])
    let first = try await DaemonProcess(["--ledger", folder.path(), "--config", config])
    for name in ["gone", "kept"] {
      _ = try await first.process.waitForErrorLine {
        $0.contains("\"component\":\"\(name)\"") && $0.contains("\"kind\":\"raised\"")
      }
    }
    await first.end()
    _ = try configure(["kept"])
    let second = try await DaemonProcess(["--ledger", folder.path(), "--config", config])
    _ = try await second.process.waitForErrorLine {
      $0.contains("\"component\":\"gone\"") && $0.contains("\"kind\":\"unwatched\"")
    }
    let body = try await second.ask(Self.api + "/health/components").body
    #expect(!body.contains("\"gone\"") && body.contains("\"kept\""), "\(body)")
    await second.end()
  }

  @Test func `a check that a reload removes is no longer monitored, and its component is forgotten`()
    async throws
  {
    func configure(_ checks: [String]) throws -> String {
      let list = checks.map { "{ component: '\($0)', command: ['/usr/bin/false'] }" }.joined(separator: ", ")
      return try write(
        "config.json5",
        """
        {
          monitoring: { check_interval_seconds: 0.1, alert_threshold: 'degraded' },
          components: [{ component: 'named' }],
          checks: [\(list)],
          alerts: [{ name: 'log', log: true }],
        }
        """)
    }
    let config = try configure(["gone", "named", "called", "kept"])
    let daemon = try await DaemonProcess(["--ledger", folder.path(), "--config", config])
    _ = try await daemon.ask(
      Self.api + "/samples", "-H", "Content-Type: application/json", "-d",
      #"{"component": "called", "outcome": "success"}"#)
    for name in ["gone", "named", "called", "kept"] {
      _ = try await daemon.process.waitForErrorLine {
        $0.contains("\"component\":\"\(name)\"") && $0.contains("\"kind\":\"raised\"")
      }
    }
    _ = try configure(["kept"])
    daemon.process.signal(SIGHUP)
    _ = try await daemon.process.waitForErrorLine { $0.contains("\"message\":\"reloaded\"") }
    for name in ["gone", "named", "called"] {
      let line = try await daemon.process.waitForErrorLine {
        $0.contains("\"component\":\"\(name)\"") && $0.contains("\"kind\":\"unwatched\"")
      }
      #expect(line.contains("no longer monitored") && line.contains("\"resolved\":\"true\""))
    }
    let body = try await daemon.ask(Self.api + "/health/components").body
    #expect(!body.contains("\"gone\"") && body.contains("\"total_components\":3"), "\(body)")
    #expect(
      body.contains("\"named\":{\"circuit\":{") && body.contains("\"called\"") && body.contains("\"kept\""))
    let health = try await daemon.ask(Self.api + "/health").body
    #expect(health.contains("\"issues\":[\"kept is degraded: exit code 1\"]"), "\(health)")
    await daemon.end()
    let changes = try await ChildProcess.run(
      "/usr/bin/sqlite3", [folder.path(), "SELECT component, kind, actor FROM v_component_changes"])
    #expect(changes.output == "gone|forgotten|reload\n")
    #expect(!daemon.process.errorText.contains("\"kind\":\"recovered\""))
  }

  @Test func `registered thresholds survive a restart, but not forgetting the component`() async throws {
    let error = #"{"component": "mail", "operation": "send", "message": "connection refused"}"#
    func circuits(after forgetting: Bool, errors: Int) async throws -> [String] {
      let daemon = try await DaemonProcess(["--ledger", folder.path()])
      func post(_ path: String, _ body: String) async throws -> String {
        try await daemon.ask(Self.api + path, "-H", "Content-Type: application/json", "-d", body).body
      }
      if forgetting {
        #expect(try await daemon.ask(Self.api + "/components/mail", "-X", "DELETE").status == 200)
        _ = try await post(
          "/components/register", #"{"component": "mail", "enable_circuit_breaker": true}"#)
      }
      var circuits: [String] = []
      for _ in 0..<errors {
        let answer = try await post("/errors", error)
        circuits.append(answer.contains(#""circuit":"open""#) ? "open" : "closed")
      }
      await daemon.end()
      return circuits
    }
    let first = try await DaemonProcess(["--ledger", folder.path()])
    let registration = #"""
      {"component": "mail", "enable_circuit_breaker": true, "circuit_breaker_config": {"failure_threshold": 3}}
      """#
    let answer = try await first.ask(
      Self.api + "/components/register", "-H", "Content-Type: application/json", "-d", registration)
    #expect(answer.status == 200, "\(answer.body)")
    let plain = #"{"component": "mail", "circuit_breaker_config": {"failure_threshold": 9}}"#
    let note = try await first.ask(
      Self.api + "/components/register", "-H", "Content-Type: application/json", "-d", plain)
    #expect(
      note.body.contains("circuit_breaker_config has no effect") && note.body.contains("enabled\":true"))
    await first.end()
    #expect(try await circuits(after: false, errors: 3) == ["closed", "closed", "open"])
    #expect(
      try await circuits(after: true, errors: 5) == ["closed", "closed", "closed", "closed", "open"])
  }

  @Test func `a check knows its program's exit status even if SIGCHLD was ignored`() async throws {
    let config = try write(
      "config.json5",
      """
      {
        monitoring: { check_interval_seconds: 0.1 },
        checks: [
          { component: "good", command: ["/usr/bin/true"] },
          { component: "slow", command: ["/usr/bin/false"] },
        ],
      }
      """)
    let daemon = try await DaemonProcess(["--ledger", folder.path(), "--config", config], ignoring: "CHLD")
    var body = ""
    while !body.contains("slow is") { body = try await daemon.ask(Self.api + "/health").body }
    #expect(body.contains("slow is degraded: exit code 1"))
    #expect(body.contains("\"critical\":0"))
    await daemon.end()
  }

  @Test func `two hundred slow clients delay no request and take little memory`() async throws {
    let daemon = try await DaemonProcess(["--ledger", folder.path()])
    #expect(try await daemon.ask("/healthz").status == 200)
    let before = try daemon.residentBytes()
    let sockets = (0..<200).map { _ in
      daemon.connect(
        sending: "POST \(Self.api)/errors HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n{")
    }
    #expect(sockets.allSatisfy { $0 >= 0 })
    for _ in 0..<10 { #expect(try await daemon.ask("/healthz").status == 200) }
    #if !HEALING_TSAN  // What an instrumented program needs says nothing.
      #expect(try daemon.residentBytes() - before < 20 * 1_024 * 1_024)
    #endif
    sockets.forEach { close($0) }
    await daemon.end()
  }

  @Test func `a killed and restarted daemon keeps its totals while two other programs write`() async throws {
    let path = folder.path()
    let writers = try (0..<2).map { try ChildProcess("CrashWriter", [path, String($0)]) }
    for writer in writers { _ = try await writer.waitForLine { _ in true } }
    let first = try await DaemonProcess(["--ledger", path])
    let before = try await totals(first)
    first.process.signal(SIGKILL)
    await first.process.wait()
    let second = try await DaemonProcess(["--ledger", path])
    let after = try await totals(second)
    // The other programs have continued to write.
    #expect(after >= before && before > 0)

    for writer in writers {
      writer.signal(SIGKILL)
      await writer.wait()
    }
    let paths = [
      "/recovery/stats", "/recovery/stats?component=a", "/recovery/recent?count=1000", "/components",
      "/component/b/stats", "/circuit-breakers", "/monitoring/status",
    ]
    _ = try await second.ask(Self.api + "/monitoring/stop", "-X", "POST")
    // A commit that a writer was killed in is there or not from the next commit on, which this is.
    while try await second.ask("/readyz").status != 200 {}
    var delivered: [(status: Int, body: String)] = []
    for path in paths { delivered.append(try await second.ask(Self.api + path)) }
    #expect(delivered.allSatisfy { $0.status == 200 })
    second.process.signal(SIGKILL)
    await second.process.wait()
    let config = try write("config.json5", "{monitoring: {start: false}}")
    let third = try await DaemonProcess(["--ledger", path, "--config", config])
    var again: [(status: Int, body: String)] = []
    for path in paths { again.append(try await third.ask(Self.api + path)) }
    for (index, path) in paths.enumerated() { #expect(delivered[index].body == again[index].body, "\(path)") }
    await third.end()
    let check = try await Program.run("check", "--ledger", path)
    #expect(check.code == 0, "\(check.output)\(check.errors)")
  }

  private func totals(_ daemon: DaemonProcess) async throws -> Int {
    let body = try await daemon.ask(Self.api + "/recovery/stats").body
    let object = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: [String: Any]]
    return object?["overall"]?["total_recoveries"] as? Int ?? -1
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")))
  func `systemd accepts the unit`() async throws {
    let unit = try String(
      contentsOf: Self.root.appendingPathComponent("docs/healing.service"), encoding: .utf8)
    // The program has to be where the unit says.
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    let path = try write("healing.service", unit.replacing("/usr/local/bin/healing", with: program))
    let result = try await ChildProcess.run("/usr/bin/systemd-analyze", ["verify", path])
    #expect(result.code == 0 && result.errors.isEmpty, "\(result.output)\(result.errors)")
  }
}
