import Healing
import HealingSQLite

enum BreakersCommand: Command {
  static let name = "breakers"
  static let summary = "lists, forces, releases and resets circuit breakers"
  static let positional = "[force|release|reset NAME [open|closed]]"
  static let options: [Option] = [
    .ledger, .format,
    Option(
      name: "for", value: "TIME",
      help: "how long to force the circuit: 90s, 15m, 24h (default: until released)"),
    Option(name: "reason", value: "TEXT", help: "the reason to record in the ledger"),
  ]
  static let examples = """

    Without an argument, or with 'list', the command lists the circuits.

    force    rejects every call (open), or admits every call (closed), whatever
             the results, until --for ends, a release or a reset
    release  removes the override; the circuit breaker decides again
    reset    closes the circuit, clears its counts and removes an override

    Every program that has the ledger open applies the change within about 100 ms,
    unless its policy has no circuit breaker for the component. The ledger records
    the user and the reason.

    Examples:
      healing breakers --ledger healing.db
      healing breakers force mail_api open --for 10m --ledger healing.db
      healing breakers release mail_api --ledger healing.db

    """

  static func run(_ options: ParsedOptions) async throws {
    guard let word = options.positional.first else { return try await list(options) }
    let words = Array(options.positional.dropFirst())
    if let most = ["list": 0, "force": 2, "release": 1, "reset": 1][word] {
      try options.rejectArguments(after: 1 + most)
    }
    switch (word, words.count) {
    case ("list", 0): try await list(options)
    case ("force", 2): try await BreakerChange(options, component: words[0]).force(words[1])
    case ("release", 1): try await BreakerChange(options, component: words[0]).release()
    case ("reset", 1): try await BreakerChange(options, component: words[0]).reset()
    case ("release", 0), ("reset", 0): throw UsageError("\(word) needs a component: '\(word) NAME'")
    case ("force", 0):
      throw UsageError("force needs a component and a state: 'force NAME open' or 'force NAME closed'")
    case ("force", 1):
      throw UsageError("force needs a state: 'force \(words[0]) open' or 'force \(words[0]) closed'")
    default:
      let hint =
        Spelling.nearest(to: word, among: ["list", "force", "release", "reset"])
        .map { "; did you mean '\($0)'?" } ?? ";"
      throw UsageError(
        "'\(word)' is not a known action\(hint)"
          + " say 'list', 'force NAME open', 'force NAME closed', 'release NAME' or 'reset NAME'")
    }
  }

  private static func list(_ options: ParsedOptions) async throws {
    try options.reject(["for", "reason"], for: "a list")
    let format = try options.format()
    let breakers = try await SQLiteLedgerReader(path: options.ledgerPath()).breakers.all()
    try StandardOutput.write(Table(breakers, now: SystemTimeSource().wallClock(), for: format).render(format))
  }
}
