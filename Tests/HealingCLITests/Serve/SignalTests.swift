import Foundation
import Glibc
import HealingTestSupport
import Testing

@Suite(.serialized) struct SignalTests {
  private static let api = "/api/v1/healing"
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `SIGTERM ends the daemon while its log is unread`() async throws {
    let log = folder.path("log")
    try #require(mkfifo(log, 0o600) == 0)
    // Full from the start, and never read.
    let pipe = open(log, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    defer { close(pipe) }
    let page = [UInt8](repeating: UInt8(ascii: "x"), count: 4_096)
    while Glibc.write(pipe, page, page.count) > 0 {}
    let notifications = try NotifySocket(path: folder.path("notify"))
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    // The first argument ends what would hang, long after anything that does not.
    let daemon = try ChildProcess(
      "/usr/bin/timeout",
      [
        "-s", "KILL", "900", "/bin/sh", "-c",
        "exec '\(program)' serve --listen 127.0.0.1:0 --ledger '\(folder.path())' 2> '\(log)'",
      ], environment: ["NOTIFY_SOCKET": notifications.path])
    #expect(await notifications.receive(within: 60) == "READY=1")
    daemon.signal(SIGHUP)
    daemon.signal(SIGTERM)
    await daemon.expectEnd()
  }

  @Test func `a file size limit acts as a full disk and does not end the daemon`() async throws {
    let daemon = try await DaemonProcess(["--ledger", folder.path()])
    func limit(_ bytes: String) async throws {
      let result = try await ChildProcess.run(
        "/usr/bin/prlimit", ["--pid", String(daemon.process.pid), "--fsize=\(bytes)"])
      try #require(result.code == 0, "\(result.errors)")
    }
    func post() async throws -> (status: Int, body: String) {
      try await daemon.ask(
        Self.api + "/recoveries", "-H", "Content-Type: application/json", "-d",
        #"{"component": "a", "operation": "x", "action": "retry", "success": true}"#)
    }
    #expect(try await post().body.contains("\"durable\":true"))
    try await limit("4096:unlimited")
    #expect(try await !post().body.contains("\"durable\":true"))
    let full = try await daemon.ask("/readyz")
    #expect(full.status == 503 && full.body.contains("the disk is full"), "\(full.body)")
    try #require(try await daemon.ask("/healthz").status == 200)
    try await limit("unlimited")
    while try await daemon.ask("/readyz").status != 200 {}
    #expect(try await post().body.contains("\"durable\":true"))
    await daemon.end()
    let check = try await Program.run("check", "--ledger", folder.path())
    #expect(check.code == 0, "\(check.output)\(check.errors)")
  }

  @Test func `a program of a check has the default action for SIGXFSZ`() async throws {
    let config = folder.path("config.json5")
    try Data(
      """
      {
        monitoring: { check_interval_seconds: 0.1 },
        checks: [{ component: "limits", command: ["/bin/sh", "-c", "grep SigIgn /proc/self/status; exit 1"] }],
      }
      """.utf8
    ).write(to: URL(fileURLWithPath: config))
    let daemon = try await DaemonProcess(["--ledger", folder.path(), "--config", config])
    var body = ""
    while !body.contains("SigIgn") { body = try await daemon.ask(Self.api + "/health").body }
    let mask = try #require(body.split(separator: "SigIgn:\\t").dropFirst().first?.prefix(16))
    #expect(try #require(UInt64(mask, radix: 16)) >> UInt64(SIGXFSZ - 1) & 1 == 0, "\(body)")
    await daemon.end()
  }
}
