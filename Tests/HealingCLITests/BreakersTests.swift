import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// `healing breakers force`, `release` and `reset`, while a daemon and a service have the ledger open.
@Suite(.serialized) struct BreakersTests {
  private static let api = "/api/v1/healing"
  private struct Down: Error {}

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ words: String...) async throws -> (code: Int32, output: String, errors: String) {
    try await ChildProcess.run("healing", ["breakers"] + words + ["--ledger", folder.path()])
  }

  /// Waits, for a while, until a process has followed.
  private func wait(_ what: String, until holds: () async throws -> Bool) async throws {
    let limit = ContinuousClock.now + .seconds(300)
    while ContinuousClock.now < limit {
      if try await holds() { return }
      await pause()
    }
    Issue.record("\(what): not within the limit")
  }

  @Test func `an operator's change of a circuit applies in every process on the ledger`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 2)))
    let component = engine.component("mail_api")
    try await component.execute("send") {}
    try await ledger.flush()
    let daemon = try await DaemonProcess(["--ledger", folder.path()])
    func override(_ kind: String) async throws -> Bool {
      try await daemon.ask(Self.api + "/circuit-breakers").body.contains("\"override\":\(kind)")
    }

    let forced = try await run("force", "mail_api", "open", "--for", "10m", "--reason", "provider is down")
    #expect(forced.code == 0 && forced.errors.isEmpty, "\(forced)")
    #expect(forced.output.hasPrefix("circuit of 'mail_api' forced open until 20"), "\(forced)")
    try await wait("forced open") { component.isCircuitOpen }
    await #expect(throws: CircuitOpenError.self) { try await component.execute("send") {} }
    let held = try #require(component.breakerSnapshot()?.override)
    #expect(held.reason == "provider is down" && held.actor.hasSuffix(" (healing breakers)"))
    let left = try #require(held.remaining(at: SystemTimeSource().wallClock()))
    #expect(left > .seconds(300) && left <= .seconds(600))
    try await wait("the daemon") { try await override("\"forced_open\"") }
    let listed = try await run()
    #expect(try await run("list").output == listed.output)
    #expect(listed.output.contains("forced_open  20") && listed.output.contains("provider is down"))
    let fields = try #require(try await Program.json("breakers", "--ledger", folder.path()).first)
    #expect((fields["override"] as? String)?.hasPrefix("forced_open until ") == true, "\(fields)")
    #expect(fields["override_kind"] as? String == "forced_open" && fields["override_until"] is String)
    #expect((fields["override_actor"] as? String)?.hasSuffix(" (healing breakers)") == true)
    #expect(fields["override_reason"] as? String == "provider is down")
    #expect(fields["remaining_ms"] as? Double == 0)

    let released = try await run("release", "mail_api", "--reason", "it is back")
    #expect(released.code == 0 && released.output == "circuit of 'mail_api' released\n", "\(released)")
    try await wait("released") { !component.isCircuitOpen }
    try await component.execute("send") {}
    try await wait("the daemon") { try await !override("\"forced_open\"") }

    #expect(try await run("force", "mail_api", "closed").output.hasSuffix("until it is released or reset\n"))
    try await wait("forced closed") { component.breakerSnapshot()?.override?.kind == .forcedClosed }
    for _ in 0..<5 { _ = try? await component.execute("send") { throw Down() } }
    #expect(!component.isCircuitOpen)
    let reset = try await run("reset", "mail_api")
    #expect(reset.code == 0, "\(reset)")
    try await wait("reset") { component.breakerSnapshot()?.override == nil && !component.isCircuitOpen }
    for _ in 0..<2 { _ = try? await component.execute("send") { throw Down() } }
    #expect(component.isCircuitOpen)
    #expect(try await run("reset", "mail_api").code == 0)
    try await wait("closed") { !component.isCircuitOpen }

    try await ledger.close()
    await daemon.end()
    let rows = try Connection(path: folder.path(), mode: .readOnly).rows(
      "SELECT reason || '/' || coalesce(note, '') FROM v_transitions WHERE actor LIKE '%(healing breakers)' ORDER BY id"
    ) { $0.text(0) }
    #expect(
      rows == [
        "forced_open/provider is down", "override_lifted/it is back", "forced_closed/", "reset/", "reset/",
      ], "\(rows)")
    #expect(try await Program.run("check", "--ledger", folder.path()).code == 0)
  }

  @Test func `a running service obeys open, close, lift and reset, and the ledger has who and why`()
    async throws
  {
    let ledger = try SQLiteLedger(path: folder.path())
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 2)))
    let component = engine.component("mail_api")
    try await component.execute("send") {}
    try await ledger.flush()
    var delays: [Duration] = []
    func change(_ words: [String], _ reason: String, until holds: () async throws -> Bool) async throws
      -> String
    {
      let result = try await ChildProcess.run(
        "healing",
        ["breakers"] + words + ["--actor", "ada", "--reason", reason, "--ledger", folder.path()])
      let ended = ContinuousClock.now
      #expect(result.code == 0 && result.errors.isEmpty, "\(result)")
      try await wait(words[0], until: holds)
      delays.append(ContinuousClock.now - ended)
      return result.output
    }
    let opened = try await change(["open", "mail_api", "--for", "10m"], "provider is down") {
      component.isCircuitOpen
    }
    #expect(opened.hasPrefix("circuit of 'mail_api' forced open until 20"), "\(opened)")
    await #expect(throws: CircuitOpenError.self) { try await component.execute("send") {} }
    let held = try #require(component.breakerSnapshot()?.override)
    #expect(held.actor == "ada" && held.reason == "provider is down" && held.expiresAt != nil)
    let lifted = try await change(["lift", "mail_api"], "it is back") { !component.isCircuitOpen }
    #expect(lifted == "circuit of 'mail_api' lifted: its circuit breaker decides again\n")
    let closed = try await change(["close", "mail_api"], "drill") {
      component.breakerSnapshot()?.override?.kind == .forcedClosed
    }
    #expect(closed == "circuit of 'mail_api' forced closed until it is lifted or reset\n")
    for _ in 0..<5 { _ = try? await component.execute("send") { throw Down() } }
    #expect(!component.isCircuitOpen)
    _ = try await change(["reset", "mail_api"], "drill ends") {
      component.breakerSnapshot()?.override == nil
    }
    // One delay may be longer on a busy machine.
    #expect(delays.sorted()[1] < .milliseconds(250), "\(delays)")
    try await ledger.close()
    let rows = try await SQLiteLedgerReader(path: folder.path()).breakers.transitions(
      component: "mail_api", limit: 10)
    #expect(rows.map(\.reason) == ["forced_open", "override_lifted", "forced_closed", "reset"])
    #expect(rows.map(\.note) == ["provider is down", "it is back", "drill", "drill ends"])
    #expect(rows.allSatisfy { $0.actor == "ada" })
  }

  @Test func `an open circuit and its wait are unchanged after an override ends`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(
        retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1, openDuration: .seconds(3_600))))
    let component = engine.component("mail_api")
    _ = try? await component.execute("send") { throw Down() }
    try await ledger.close()
    func row() async throws -> BreakerSnapshot {
      try #require(try await SQLiteLedgerReader(path: folder.path()).breakers.find("mail_api"))
    }
    let before = try await row()
    #expect(before.state == .open)
    for words in [["force", "mail_api", "closed"], ["release", "mail_api"]] {
      let result = try await ChildProcess.run("healing", ["breakers"] + words + ["--ledger", folder.path()])
      #expect(result.code == 0, "\(result)")
      let after = try await row()
      #expect(after.state == .open, "\(after)")
      // The program reads two clocks one after the other, so some microseconds may differ.
      let moved = try #require(after.openUntil) - #require(before.openUntil)
      #expect(max(moved, .zero - moved) < .seconds(1), "\(moved)")
    }
    #expect(try await row().override == nil)
  }

  @Test func `an error is reported, and nothing is recorded`() async throws {
    let ledger = try SQLiteLedger(path: folder.path())
    ledger.record(.component("mail_api"))
    try await ledger.close()
    let cases: [(words: [String], code: Int32, says: String)] = [
      (["force", "mail_ap", "open"], 1, "no component is called 'mail_ap'"),
      (["force", "mail_api", "opn"], 2, "forced open or closed, not 'opn'"),
      (["force", "mail_api"], 2, "'force mail_api open'"),
      (["forc", "mail_api", "open"], 2, "did you mean 'force'?"),
      (["opem", "mail_api"], 2, "did you mean 'open'?"), (["open"], 2, "'open NAME'"),
      (["open", "mail_api"], 2, "open needs --actor and --reason"),
      (["open", "mail_api", "--actor", "ada"], 2, "--reason is missing"),
      (["close", "mail_api", "--reason", "r"], 2, "--actor is missing"),
      (["lift", "mail_api", "--actor", "ada"], 2, "--reason is missing"),
      (["reset", "mail_api", "--actor", "ada"], 2, "--reason is missing"),
      (["open", "mail_api", "--actor", " ", "--reason", "r"], 2, "--actor: allowed is a text of 1 to 200"),
      (["open", "mail_api", "--actor", "a", "--reason", ""], 2, "--reason: allowed is a text of 1 to 1000"),
      (
        ["close", "mail_ap", "--actor", "a", "--reason", "r"], 1,
        "no component is called 'mail_ap'; did you mean 'mail_api'?"
      ),
      (["lift", "mail_api", "--actor", "a", "--reason", "r"], 1, "has no override"),
      (["lift", "mail_api", "--for", "5m", "--actor", "a", "--reason", "r"], 2, "--for is not for 'lift'"),
      (["open", "mail_api", "x", "--actor", "a", "--reason", "r"], 2, "'x' is an unexpected argument"),
      (["release"], 2, "'release NAME'"),
      (["release", "mail_api"], 1, "the circuit of 'mail_api' has no override"),
      (["release", "a b"], 2, "letters, digits"),
      (["reset", "mail_api"], 1, "no program has recorded a circuit of 'mail_api'"),
      (["reset", "mail_api", "x"], 2, "'x' is an unexpected argument; see 'healing breakers --help'"),
      (["list", "x"], 2, "'x' is an unexpected argument"),
      (["release", "mail_api", "--for", "5m"], 2, "--for is not for 'release'"),
      (["reset", "mail_api", "--for", "5m"], 2, "--for is not for 'reset'"),
      (["force", "mail_api", "open", "--for", "0s"], 2, "from 1 to 1000000 with its unit"),
      (["force", "mail_api", "open", "--for", "10"], 2, "from 1 to 1000000 with its unit"),
      (["force", "mail_api", "open", "--format", "json"], 2, "--format is not for 'force'"),
      (["--actor", "a"], 2, "--actor is not for a list"),
      (["--for", "5m"], 2, "--for is not for a list"), (["--reason", "x"], 2, "--reason is not for a list"),
    ]
    for (words, code, says) in cases {
      let result = try await ChildProcess.run("healing", ["breakers"] + words + ["--ledger", folder.path()])
      #expect(result.code == code && result.output.isEmpty, "\(words): \(result)")
      #expect(result.errors.contains(says), "\(words): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(words): \(result.errors)")
    }
    let missing = folder.path("missing.db")
    let result = try await Program.run("breakers", "force", "a", "open", "--ledger", missing)
    #expect(result.code == 3 && !FileManager.default.fileExists(atPath: missing), "\(result)")
    let count = try Connection(path: folder.path(), mode: .readOnly).integer(
      "SELECT count(*) FROM breaker_transition")
    #expect(count == 0)
    #expect(try await Program.json("breakers", "--ledger", folder.path()).isEmpty)
  }
}
