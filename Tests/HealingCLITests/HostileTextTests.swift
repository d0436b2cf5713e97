import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// The real program over a ledger whose texts are an attack.
@Suite(.serialized) struct HostileTextTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let attack =
    "up\u{9B}2J\u{1B}]0;x\u{7}\u{202E}nwod\u{2066},\u{301}=1+1\rforged,row\nforged\u{85}line\u{7F}"

  private func isSafe(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control: scalar == "\n" || scalar == "\r"
      case .format, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
  }

  @Test func `reports escape hostile text`() async throws {
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    ledger.record(
      .recovery(
        RecoveryRecord(
          id: ledger.makeID(), at: SystemTimeSource().wallClock(), component: "a", operation: Self.attack,
          action: .retry, outcome: .failed, attempts: 1, duration: .zero,
          message: "=cmd|' /C calc'!A0" + Self.attack)))
    var breaker = BreakerSnapshot(component: "a", updatedAt: SystemTimeSource().wallClock())
    breaker.override = CircuitOverride(kind: .forcedOpen, actor: Self.attack, reason: Self.attack)
    ledger.record(.breaker(breaker))
    try await ledger.close()
    for command in [["report", "recent"], ["breakers"]] {
      for format in ["table", "json", "csv"] {
        let result = try await ChildProcess.run("healing", command + ["--ledger", path, "--format", format])
        #expect(
          result.code == 0 && isSafe(result.output), "\(command) \(format): \(result.output.debugDescription)"
        )
      }
    }
    let table = try await Program.run("report", "recent", "--ledger", path)
    #expect(table.output.utf8.count { $0 == UInt8(ascii: "\n") } == 3 && !table.output.utf8.contains(0x0D))
    let rows = try await Program.json("report", "recent", "--ledger", path)
    #expect(rows.first?["operation"] as? String == Self.attack)
    // Python has its own CSV reader.
    let csv = try await Program.run("report", "recent", "--ledger", path, "--format", "csv")
    let file = folder.path("report.csv")
    try Data(csv.output.utf8).write(to: URL(fileURLWithPath: file))
    let script =
      "import csv, sys; print([len(r) for r in csv.reader(open(sys.argv[1], newline='', encoding='utf-8'))])"
    let python = try await ChildProcess.run("/usr/bin/env", ["python3", "-c", script, file])
    #expect(python.output == "[14, 14]\n", "\(python.output)\(python.errors)")
    #expect(csv.output.contains("\"'=cmd|"))
  }

  @Test func `messages escape hostile text`() async throws {
    for arguments in [
      [Self.attack], ["report", "--\(Self.attack)"], ["report", Self.attack, "--ledger", "x"],
      ["report", "--ledger", folder.path(Self.attack)], ["check", "--ledger", "/none/\(Self.attack)"],
      ["report", "recent", "--ledger", "x", "--component", Self.attack],
      ["serve", "--config", folder.path(Self.attack)], ["serve", "--ledger", "x", "--listen", Self.attack],
    ] {
      let result = try await ChildProcess.run("healing", arguments)
      #expect(result.code != 0 && result.output.isEmpty)
      // The daemon's log begins when its command line is read.
      let isLog = arguments.contains("--config")
      #expect(
        result.errors.hasPrefix(isLog ? "{\"error\":" : "healing: ") && isSafe(result.errors),
        "\(result.errors.debugDescription)")
      #expect(result.errors.utf8.count { $0 == UInt8(ascii: "\n") } == 1, "\(result.errors.debugDescription)")
    }
    let child = try ChildProcess("healing", ["detect"], takesInput: true)
    try child.input?.write(contentsOf: Data("{\(Self.attack.replacing("\n", with: ""))\n".utf8))
    try child.input?.close()
    #expect(await child.wait() == 1 && isSafe(child.errorText))
  }

  @Test func `the daemon's log escapes hostile text`() async throws {
    let config = folder.path("config.json5")
    try Data("{monitoring: {start: false}}".utf8).write(to: URL(fileURLWithPath: config))
    let daemon = try await DaemonProcess([
      "--ledger", folder.path("h\u{9B}2J\u{202E}.db"), "--config", config,
    ])
    try Data("{'x\u{9B}2J\u{202E}\u{7F}': 1}".utf8).write(to: URL(fileURLWithPath: config))
    daemon.process.signal(SIGHUP)
    let line = try await daemon.process.waitForErrorLine { $0.contains("not reloaded") }
    #expect(line.contains("\\u009b2J\\u202e"))
    await daemon.end()
    #expect(isSafe(daemon.process.errorText))
  }
}
