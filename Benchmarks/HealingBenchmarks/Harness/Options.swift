/// What was asked for on the command line.
struct Options: Sendable {
  static let usage = """
    usage: HealingBenchmarks [--quick] [--only NAME]... [--format table|json] [--rows N] [--build PATH] [--peers PYTHON]
      --quick         a small share of everything, to see that nothing fails; figures mean nothing, budgets do not count
      --only NAME     run this scenario; may be repeated. One of: \(Scenario.all.map(\.name).joined(separator: " "))
      --format NAME   table (default) or json
      --rows N        rows of a table in the largest ledger of the reports and reads, 100,000...100,000,000; default 10,000,000
      --build PATH    only make a ledger of --rows recoveries there; `make bench-server` does it
      --peers PYTHON  also measure the peers, with this Python interpreter; `make bench-peers` does it
    """

  struct Invalid: Error { let problem: String }

  var isQuick = false
  var only: [String] = []
  var isJSON = false
  var rows = 10_000_000
  var build: String?
  var python: String?

  /// - Throws: ``Invalid`` naming the word that is wrong.
  init(_ words: [String]) throws {
    var words = words[...]
    while let word = words.popFirst() {
      func value() throws -> String {
        guard let value = words.popFirst() else { throw Invalid(problem: "\(word) needs a value") }
        return value
      }
      switch word {
      case "--quick": isQuick = true
      case "--only":
        let name = try value()
        guard Scenario.all.contains(where: { $0.name == name }) else {
          throw Invalid(problem: "there is no scenario '\(name)'")
        }
        only.append(name)
      case "--format":
        let name = try value()
        guard ["table", "json"].contains(name) else { throw Invalid(problem: "there is no format '\(name)'") }
        isJSON = name == "json"
      case "--rows":
        let text = try value()
        guard let count = Int(text), (100_000...100_000_000).contains(count) else {
          throw Invalid(problem: "--rows must be a number from 100000 to 100000000, not '\(text)'")
        }
        rows = count
      case "--build": build = try value()
      case "--peers": python = try value()
      default: throw Invalid(problem: "there is no option '\(word)'")
      }
    }
    if isQuick { rows = min(rows, 100_000) }
  }
}
