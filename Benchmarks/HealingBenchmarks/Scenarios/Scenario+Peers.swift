import Foundation

extension Scenario {
  /// What others take for the same, measured by `Benchmarks/Peers/peers.py` in the same run when a Python is given.
  static let peers = Scenario("peers") { bench in
    guard let python = bench.options.python else { return [] }
    struct Line: Decodable {
      let what: String
      let unit: String
      let values: [Double]
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments =
      ["Benchmarks/Peers/peers.py", bench.folder.path] + bench.share([], quick: ["--quick"])
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Unexpected("\(python) ended with \(process.terminationStatus)")
    }
    return try JSONDecoder().decode([Line].self, from: output).map {
      Figure(scenario: "peers", what: $0.what, unit: $0.unit, spread: Spread($0.values))
    }
  }
}
