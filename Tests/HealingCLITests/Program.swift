import Foundation
import HealingTestSupport

/// Runs `healing` as a user would.
enum Program {
  static func run(_ arguments: String...) async throws -> (code: Int32, output: String, errors: String) {
    try await ChildProcess.run("healing", arguments)
  }

  /// The rows of a report in JSON.
  static func json(_ arguments: String...) async throws -> [[String: Any]] {
    let result = try await ChildProcess.run("healing", arguments + ["--format", "json"])
    let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return value as? [[String: Any]] ?? []
  }
}
