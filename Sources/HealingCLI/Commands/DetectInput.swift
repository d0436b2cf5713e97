import HealingServer
import Foundation
import Healing

/// A JSON line that `healing detect` reads.
struct DetectInput: Decodable {
  let type: String?
  let message: String?
  let code: Code?

  /// A string or a whole number.
  struct Code: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        text = String(number)
      } else {
        text = try container.decode(String.self)
      }
    }
  }

  /// Why a line is invalid, for a message that names the line.
  struct BadLine: Error {
    let problem: String
  }

  /// Parses a line. A line that begins with a brace must be JSON; any other line is the message.
  /// - Returns: `nil` for a blank line.
  /// - Throws: ``BadLine``.
  static func evidence(in line: LineReader.Line) throws(BadLine) -> ErrorEvidence? {
    guard case .text(let line) = line else {
      throw BadLine(problem: "is longer than \(LineReader.longestLine) bytes")
    }
    guard let begin = line.unicodeScalars.first(where: { !$0.properties.isWhitespace }) else { return nil }
    guard begin == "{" else { return ErrorEvidence(message: line) }
    if let problem = JSONShape.problem(of: Array(line.utf8)) {
      throw BadLine(problem: String(problem.detail.trimmingPrefix("the body ")))
    }
    let input: Self
    do {
      input = try JSONDecoder().decode(Self.self, from: Data(line.utf8))
    } catch DecodingError.typeMismatch(_, let context) {
      let key = context.codingPath.first?.stringValue ?? "the line"
      throw BadLine(problem: "\(key) must be a string\(key == "code" ? " or a whole number" : "")")
    } catch {
      throw BadLine(
        problem: "begins with a brace but is not a JSON object; "
          + "write such a message as {\"message\": \"…\"}")
    }
    guard input.type != nil || input.message != nil || input.code != nil else {
      throw BadLine(problem: "has none of \"type\", \"message\" and \"code\"")
    }
    return ErrorEvidence(type: input.type ?? "", message: input.message ?? "", code: input.code?.text)
  }
}
