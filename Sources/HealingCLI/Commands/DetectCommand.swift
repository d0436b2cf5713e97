import Foundation
import Healing

enum DetectCommand: Command {
  static let name = "detect"
  static let summary = "classifies errors: one a line on standard input, as JSON or bare text"
  static let options: [Option] = [.format]
  static let examples = """

    A line is {"type": "…", "message": "…", "code": "…"}, each key optional, or the bare message.

    Example:
      echo 'dial tcp 10.0.0.7:443: connect: connection refused' | healing detect

    """

  /// A line as JSON. A code is a word or a number.
  private struct Input: Decodable {
    let type: String?
    let message: String?
    let code: Code?

    enum Code: Decodable {
      case text(String)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
          self = .text(String(number))
        } else {
          self = .text(try container.decode(String.self))
        }
      }
    }
  }

  private struct Output: Encodable {
    let category: String
    let severity: String
    let transient: Bool
    let should_retry: Bool
    let should_fallback: Bool
    let should_circuit_break: Bool
    let retry_delay_ms: Double?
    let rule: String
    let fingerprint: String
    let message: String
  }

  static func run(_ options: ParsedOptions) async throws {
    let format = try options.format()
    let detector = ErrorDetector()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var rows: [[Cell]] = []
    var number = 0
    while let line = readLine() {
      number += 1
      guard !line.allSatisfy(\.isWhitespace) else { continue }
      let context = detector.detect(
        try evidence(in: line, number: number), component: "stdin", operation: "detect")
      let verdict = context.classification
      if format == .json {
        let output = Output(
          category: verdict.category.rawValue, severity: verdict.severity.rawValue,
          transient: verdict.isTransient, should_retry: verdict.shouldRetry,
          should_fallback: verdict.shouldFallback, should_circuit_break: verdict.shouldCircuitBreak,
          retry_delay_ms: verdict.retryDelay?.milliseconds, rule: verdict.rule,
          fingerprint: context.fingerprint.text, message: context.message)
        print(String(decoding: try encoder.encode(output), as: UTF8.self))
      } else {
        rows.append([
          .text(verdict.category.rawValue), .text(verdict.severity.rawValue),
          .text(verdict.isTransient ? "yes" : "no"), .text(verdict.shouldRetry ? "yes" : "no"),
          .text(verdict.rule), .text(context.message),
        ])
      }
    }
    if format != .json {
      let columns = ["category", "severity", "transient", "retry", "rule", "message"]
      print(try Table(columns: columns, rows: rows).render(format), terminator: "")
    }
  }

  /// A line that begins with a brace must be JSON; anything else is the message itself.
  private static func evidence(in line: String, number: Int) throws -> ErrorEvidence {
    guard line.drop(while: \.isWhitespace).first == "{" else { return ErrorEvidence(message: line) }
    do {
      let input = try JSONDecoder().decode(Input.self, from: Data(line.utf8))
      var code: String?
      if case .text(let text) = input.code { code = text }
      return ErrorEvidence(type: input.type ?? "", message: input.message ?? "", code: code)
    } catch {
      throw UsageError(
        "line \(number) of standard input begins with a brace but is not {\"type\", \"message\", \"code\"} in JSON"
      )
    }
  }
}
