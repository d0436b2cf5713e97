import HealingServer
import Foundation
import Healing

/// A JSON line that `healing detect` reads.
struct DetectInput: Decodable {
  let type: String?
  let message: String?
  let code: Code?
  /// A field that is none of ``fields``; `nil` when there is none.
  let unknown: String?

  static let fields = ["type", "message", "code"]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    type = try container.decodeIfPresent(String.self, forKey: Key(stringValue: "type"))
    message = try container.decodeIfPresent(String.self, forKey: Key(stringValue: "message"))
    code = try container.decodeIfPresent(Code.self, forKey: Key(stringValue: "code"))
    unknown = container.allKeys.map(\.stringValue).filter { !Self.fields.contains($0) }.min()
  }

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

  /// Parses a line. A line that begins with a brace must be JSON; any other line is the message.
  /// - Returns: `nil` for a blank line.
  /// - Throws: ``BadLine``.
  static func evidence(in line: LineReader.Line) throws(BadLine) -> ErrorEvidence? {
    guard case .text(let line) = line else {
      throw BadLine("is longer than \(LineReader.longestLine) bytes")
    }
    guard let begin = line.unicodeScalars.first(where: { !$0.properties.isWhitespace }) else { return nil }
    guard begin == "{" else { return ErrorEvidence(message: line) }
    if let problem = JSONShape.problem(of: Array(line.utf8)) {
      throw BadLine(String(problem.detail.trimmingPrefix("the body ")))
    }
    let input: Self
    do {
      input = try JSONDecoder().decode(Self.self, from: Data(line.utf8))
    } catch DecodingError.typeMismatch(_, let context) {
      let key = context.codingPath.first?.stringValue ?? "the line"
      throw BadLine("\(key) must be a string\(key == "code" ? " or a whole number" : "")")
    } catch {
      throw BadLine(
        "begins with a brace but is not a JSON object; "
          + "write such a message as {\"message\": \"…\"}")
    }
    if let unknown = input.unknown { throw BadLine(unknown: unknown, known: fields) }
    guard input.type != nil || input.message != nil || input.code != nil else {
      throw BadLine("has none of \"type\", \"message\" and \"code\"")
    }
    return ErrorEvidence(type: input.type ?? "", message: input.message ?? "", code: input.code?.text)
  }
}
