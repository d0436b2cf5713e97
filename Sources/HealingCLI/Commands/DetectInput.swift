import Foundation
import Healing

/// A line that `healing detect` reads, as JSON.
struct DetectInput: Decodable {
  let type: String?
  let message: String?
  let code: Code?

  /// A word or a number.
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

  /// A line that begins with a brace must be JSON; anything else is the message itself.
  /// - Throws: ``UsageError`` that names the line and what is wrong with it.
  static func evidence(in line: String, number: Int) throws -> ErrorEvidence {
    guard line.drop(while: \.isWhitespace).first == "{" else { return ErrorEvidence(message: line) }
    let input: Self
    do {
      input = try JSONDecoder().decode(Self.self, from: Data(line.utf8))
    } catch DecodingError.typeMismatch(_, let context) {
      let key = context.codingPath.first?.stringValue ?? "the line"
      throw UsageError(
        "line \(number) of standard input: \(key) must be a string\(key == "code" ? " or a whole number" : "")"
      )
    } catch {
      throw UsageError(
        "line \(number) of standard input begins with a brace but is no JSON object; "
          + "a bare message that does so goes into {\"message\": \"…\"}")
    }
    guard input.type != nil || input.message != nil || input.code != nil else {
      throw UsageError("line \(number) of standard input has none of \"type\", \"message\" and \"code\"")
    }
    return ErrorEvidence(type: input.type ?? "", message: input.message ?? "", code: input.code?.text)
  }
}
