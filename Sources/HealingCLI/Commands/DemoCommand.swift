import Foundation
import Healing
import HealingSQLite

enum DemoCommand: Command {
  static let name = "demo"
  static let summary = "runs a workload over failing resources, then reports recoveries"
  static let options: [Option] = [
    .ledger,
    Option(name: "seed", value: "N", help: "the same seed gives the same load (default: 1)"),
    Option(name: "seconds", value: "S", help: "how long it runs, 1...86400 (default: 10)"),
  ]
  static let examples = """

    Kill the demo during its run and start it again on the same ledger: it restores
    circuit breakers and totals.

    Example:
      healing demo --ledger /tmp/healing.db --seconds 10

    """

  static func run(_ options: ParsedOptions) async throws {
    let path = try options.ledgerPath()
    let seed = try options.integer("seed", default: 1, in: 0...Int.max)
    let seconds = try options.integer("seconds", default: 10, in: 1...86_400)
    let ledger = try SQLiteLedger(path: path, identity: Version.identity("demo"))
    do {
      try await run(on: ledger, seed: seed, seconds: seconds)
    } catch {
      // Closes the ledger also after a failed output, so that recorded entries are written.
      try? await ledger.close()
      throw error
    }
    try await ledger.close()
  }

  private static func run(on ledger: SQLiteLedger, seed: Int, seconds: Int) async throws {
    let path = ledger.path
    let engine = try await RecoveryEngine(ledger: ledger, seed: UInt64(seed))
    let before = try await engine.statistics().overall
    try say(
      "ledger \(TerminalText.line(path)), process \(ledger.processID), \(before.totalRecoveries) recoveries so far"
    )
    for breaker in try await ledger.breakers.all() where breaker.state != .closed {
      let wait = breaker.remainingWait(at: SystemTimeSource().wallClock())
      try say("restored: \(breaker.component) \(breaker.state.rawValue), \(rounded(wait)) s left to wait")
    }
    let workload = try DemoWorkload(engine: engine, seed: UInt64(seed))
    let load = Task { await workload.run() }
    let clock = Task {
      for second in 1...seconds {
        try await Task.sleep(for: .seconds(1))
        try await progress(engine, workload, second: second, of: seconds)
      }
    }
    let interruption = SIGINTHandler { clock.cancel() }
    let result = await clock.result
    load.cancel()
    await load.value
    withExtendedLifetime(interruption) {}
    // An interruption is a normal end.
    if case .failure(let error) = result, !(error is CancellationError) { throw error }
    if isTerminal { try say("") }
    try await ledger.flush()
    let statistics = try await engine.statistics()
    try say("\noverall\n" + Table(statistics).render(.table))
    try say("by-action\n" + Table(statistics.byAction).render(.table))
    try say("by-component\n" + Table(statistics.byComponent).render(.table))
    let breakers = try await engine.breakers()
    try say("breakers\n" + Table(breakers, now: SystemTimeSource().wallClock(), for: .table).render(.table))
    try say("More: healing report --ledger \(TerminalText.line(path))")
  }

  private static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Prints the durable totals: rewrites one line on a terminal, prints a line per second elsewhere.
  private static func progress(
    _ engine: RecoveryEngine, _ workload: DemoWorkload, second: Int, of seconds: Int
  )
    async throws
  {
    let totals = try await engine.statistics().overall
    let open = try await engine.breakers().filter { $0.state != .closed }.map(\.component.text)
    let line =
      "\(second)/\(seconds) s  calls \(workload.callCount)  recoveries \(totals.totalRecoveries)"
      + "  successful \(totals.successfulRecoveries)  open \(open.isEmpty ? "-" : open.joined(separator: ","))"
    if isTerminal {
      // A wrapped line could not be rewritten.
      let width = TerminalWidth.current.map { $0 - 1 } ?? .max
      try StandardOutput.write("\r\u{1B}[K\(TableLayout.cut(line, to: width))")
    } else {
      try say(line)
    }
  }

  private static func say(_ text: String) throws { try StandardOutput.write(text + "\n") }

  private static func rounded(_ duration: Duration) -> String {
    (duration.milliseconds / 1000).formatted(.number.precision(.fractionLength(1)).grouping(.never))
  }
}
