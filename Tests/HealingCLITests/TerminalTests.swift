import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@testable import HealingCLI

/// The program's output fits the terminal.
@Suite(.serialized) struct TerminalTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs the program on a terminal of so many columns.
  private func onTerminal(
    _ width: Int, _ arguments: [String], environment: [String: String] = ["COLUMNS": ""],
    program: String = ChildProcess.productsFolder.appendingPathComponent("healing").path
  ) async throws -> String {
    let script = """
      import fcntl, os, pty, struct, sys, termios
      pid, terminal = pty.fork()
      if pid == 0:
          fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
          os.execv(sys.argv[2], sys.argv[2:])
      output = b""
      while True:
          try:
              piece = os.read(terminal, 65536)
          except OSError:
              break
          if not piece:
              break
          output += piece
      sys.stdout.write(output.decode().replace("\\r\\n", "\\n"))
      sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
      """
    let result = try await ChildProcess.run(
      "/usr/bin/env", ["python3", "-c", script, String(width), program] + arguments, environment: environment)
    #expect(result.code == 0 && result.errors.isEmpty, "\(arguments): \(result)")
    return result.output
  }

  private static let attack = "a\u{1B}[2Jb\u{9B}2J\u{202E}\nforged\trow"

  private func makeLedger() async throws -> String {
    let ledger = try SQLiteLedger(path: folder.path())
    let now = SystemTimeSource().wallClock()
    for index in 0..<3 {
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: now, component: ComponentName("a_component_of_some_length-\(index)"),
            operation: Self.attack, errorID: ledger.makeID(), action: .retryBackoff, outcome: .succeeded,
            attempts: 2, duration: .milliseconds(12), message: String(repeating: "message ", count: 20))))
    }
    var breaker = BreakerSnapshot(component: "mail_api", updatedAt: now)
    breaker.lastFailureAt = now
    breaker.tripErrorID = ledger.makeID()
    breaker.override = CircuitOverride(kind: .forcedOpen, actor: "operator \(Self.attack)", reason: "r")
    ledger.record(.breaker(breaker))
    ledger.record(.breaker(BreakerSnapshot(component: "orders_db", updatedAt: now)))
    try await ledger.close()
    return folder.path()
  }

  private func longest(_ text: String) -> Int { text.split(separator: "\n").map(\.count).max() ?? 0 }

  @Test(arguments: [40, 80, 120, 200])
  func `every command fits the terminal and prints no control characters`(width: Int) async throws {
    let path = try await makeLedger()
    let ledger = ["--ledger", path]
    for command in [
      ["report"], ["report", "overall"], ["report", "by-component"], ["report", "recent"], ["breakers"],
      ["components", "list"],
    ] {
      let output = try await onTerminal(width, command + ledger)
      #expect(longest(output) <= width, "\(command):\n\(output)")
      #expect(!output.contains("\u{1B}") && !output.contains("\u{9B}") && !output.contains("\u{202E}"))
    }
    if width >= 80 {
      let output = try await onTerminal(width, ["check"] + ledger)
      #expect(longest(output) <= max(width, path.count + 11), "\(output)")
    }
    // Where there is room it is a table, where there is none it is a list with all columns.
    let breakers = try await onTerminal(width, ["breakers"] + ledger)
    let names = [
      "component", "state", "remaining", "failure_count", "success_count", "consecutive_trips",
      "last_failure", "trip_error_id", "override",
    ]
    let lines = breakers.split(separator: "\n").map { $0.split(separator: " ").first.map(String.init) ?? "" }
    #expect(lines.first == (width >= 200 ? "component" : "-["), "\(breakers)")
    if width < 200 { #expect(Array(lines.dropFirst().prefix(9)) == names, "\(breakers)") }
  }

  @Test func `the help of every command fits 80 columns`() async throws {
    for name in HealingProgram.commands.map({ $0.name }) + ["help"] {
      let answer = try await Program.run(name, "--help")
      #expect(answer.code == 0 && answer.output.contains("Usage: healing"), "\(name): \(answer)")
      #expect(longest(answer.output) <= 80, "\(name):\n\(answer.output)")
    }
  }

  @Test func `COLUMNS precedes the terminal, and other outputs have no width`() async throws {
    let path = try await makeLedger()
    let narrow = try await onTerminal(200, ["breakers", "--ledger", path], environment: ["COLUMNS": "60"])
    #expect(longest(narrow) <= 60 && narrow.hasPrefix("-[ 1 ]"), "\(narrow)")
    for word in ["0", "-5", "many", "99999999999999999999"] {
      let output = try await onTerminal(200, ["breakers", "--ledger", path], environment: ["COLUMNS": word])
      #expect(output.hasPrefix("component "), "\(word): \(output)")
    }
    let piped = try await ChildProcess.run(
      "healing", ["report", "recent", "--ledger", path], environment: ["COLUMNS": "60"])
    #expect(piped.output.split(separator: "\n").count == 5 && longest(piped.output) > 150, "\(piped.output)")
  }

  @Test func `detect fits the terminal`() async throws {
    let input = folder.path("input")
    try Data("\(String(repeating: "timed out ", count: 30))\nforbidden\n".utf8).write(
      to: URL(fileURLWithPath: input))
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    for width in [40, 80, 150, 170, 200] {
      let output = try await onTerminal(
        width, ["-c", "exec '\(program)' detect < '\(input)'"], program: "/bin/sh")
      #expect(longest(output) <= width && output.contains("auth"), "\(width):\n\(output)")
      #expect(output.hasPrefix(width > 180 ? "category" : "-[ 1 ]"), "\(width):\n\(output)")
    }
  }

  @Test(arguments: 1..<140)
  func `a table of any width keeps every figure that is not free text`(width: Int) throws {
    let table = Table(
      columns: ["component", "total", "message"],
      rows: [
        [.text("orders_db"), .integer(1_234), .text(String(repeating: "m", count: 59))],
        [.text("mail"), .none, .text("short")],
      ])
    let text = try table.render(.table, width: width)
    #expect(longest(text) <= width)
    if width >= 40 {
      for word in ["orders_db", "1234", "mail", "short"] { #expect(text.contains(word), "\(text)") }
    }
    for width in [10, nil] {
      #expect(try Table(columns: table.columns, rows: []).render(.table, width: width) == "no rows\n")
    }
  }

  @Test func `wide characters count twice`() throws {
    #expect("日本語".displayWidth == 6 && "e\u{301}ä".displayWidth == 2 && "👩‍👩‍👧 한".displayWidth == 5)
    let long = String(repeating: "接続が拒否されました", count: 10)
    let table = Table(
      columns: ["operation", "total", "message"],
      rows: [[.text("送信"), .integer(1), .text(long)], [.text("send"), .integer(2), .text("short")]])
    for width in [30, 50, 80, 200] {
      let lines = try table.render(.table, width: width).split(separator: "\n")
      #expect(lines.allSatisfy { $0.displayWidth <= width }, "\(lines)")
    }
    // The figures are below each other, whatever is before them.
    let lines = try table.render(.table, width: 200).split(separator: "\n").suffix(2)
    let places = lines.map { line in
      line.prefix { !$0.isNumber || !$0.isASCII }.displayWidth
    }
    #expect(Set(places).count == 1, "\(lines)")
  }
}
