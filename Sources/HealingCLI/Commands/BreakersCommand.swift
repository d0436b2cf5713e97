import Healing
import HealingSQLite

enum BreakersCommand: Command {
  static let name = "breakers"
  static let summary = "lists, opens, closes, lifts and resets circuit breakers"
  static let positional = "[open|close|lift|reset NAME]"
  static let options: [Option] = [
    .ledger, .format,
    Option(
      name: "for", value: "TIME",
      help: "how long to force the circuit: 90s, 15m, 24h (default: until lifted)"),
    Option(name: "actor", value: "NAME", help: "who changes the circuit, to record in the ledger"),
    Option(name: "reason", value: "TEXT", help: "why, to record in the ledger"),
  ]
  static let examples = """

    Without an argument, or with 'list', the command lists the circuits.

    open     rejects every call, until --for ends, a lift or a reset
    close    admits every call, whatever the results, likewise
    lift     removes the override; the circuit breaker decides again
    reset    closes the circuit, clears its counts and removes an override

    Open, close and lift need --actor and --reason. 'force NAME open', 'force NAME
    closed' and 'release NAME' do the same without: the actor is then the user.

    No daemon has to run. Every program that has the ledger open applies the change
    within about 100 ms, unless its policy has no circuit breaker for the component.

    Examples:
      healing breakers --ledger healing.db
      healing breakers open mail_api --actor ada --reason "provider is down" \\
        --for 10m --ledger healing.db
      healing breakers lift mail_api --actor ada --reason "it is back" \\
        --ledger healing.db

    """

  /// The actions, with the number of their arguments.
  private static let actions = [
    "list": 0, "open": 1, "close": 1, "lift": 1, "reset": 1, "force": 2, "release": 1,
  ]

  static func run(_ options: ParsedOptions) async throws {
    guard let word = options.positional.first else { return try await list(options) }
    let words = Array(options.positional.dropFirst())
    if let most = actions[word] { try options.rejectArguments(after: 1 + most) }
    switch (word, words.count) {
    case ("list", 0): try await list(options)
    case ("open", 1): try await named(options, words[0]).force("open", until: "lifted")
    case ("close", 1): try await named(options, words[0]).force("closed", until: "lifted")
    case ("lift", 1): try await named(options, words[0]).release("lifted: its circuit breaker decides again")
    case ("force", 2): try await BreakerChange(options, component: words[0]).force(words[1])
    case ("release", 1): try await BreakerChange(options, component: words[0]).release()
    case ("reset", 1): try await BreakerChange(options, component: words[0]).reset()
    case ("open", 0), ("close", 0), ("lift", 0), ("release", 0), ("reset", 0):
      throw UsageError("\(word) needs a component: '\(word) NAME'")
    case ("force", 0):
      throw UsageError("force needs a component and a state: 'force NAME open' or 'force NAME closed'")
    case ("force", 1):
      throw UsageError("force needs a state: 'force \(words[0]) open' or 'force \(words[0]) closed'")
    default:
      let hint =
        Spelling.nearest(to: word, among: actions.keys.sorted())
        .map { "; did you mean '\($0)'?" } ?? ";"
      throw UsageError(
        "'\(word)' is not a known action\(hint)"
          + " say 'list', 'open NAME', 'close NAME', 'lift NAME' or 'reset NAME'")
    }
  }

  private static func named(_ options: ParsedOptions, _ component: String) throws -> BreakerChange {
    try BreakerChange(options, component: component, needsNames: true)
  }

  private static func list(_ options: ParsedOptions) async throws {
    try options.reject(["for", "reason", "actor"], for: "a list")
    let format = try options.format()
    let breakers = try await SQLiteLedgerReader(path: options.ledgerPath()).breakers.all()
    try StandardOutput.write(Table(breakers, now: SystemTimeSource().wallClock(), for: format).render(format))
  }
}
