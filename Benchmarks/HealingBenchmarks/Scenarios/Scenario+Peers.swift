import Foundation
import HealingTestSupport

extension Scenario {
  /// What others take for the same, measured by `Benchmarks/Peers/peers.py` in the same run when a Python is given.
  static let peers = Scenario("peers") { bench in
    guard let python = bench.options.python else { return [] }
    struct Line: Decodable {
      let what: String
      let unit: String
      let values: [Double]
    }
    let (code, output, errors) = try await ChildProcess.run(
      python, ["Benchmarks/Peers/peers.py", bench.folder.path] + bench.share([], quick: ["--quick"]))
    guard code == 0 else { throw Unexpected("\(python) ended with \(code): \(errors)") }
    return try JSONDecoder().decode([Line].self, from: Data(output.utf8)).map {
      Figure(scenario: "peers", what: $0.what, unit: $0.unit, spread: Spread($0.values))
    }
  }
}
