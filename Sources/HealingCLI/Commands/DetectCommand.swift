import Foundation
import Healing

enum DetectCommand: Command {
  static let name = "detect"
  static let summary = "classifies errors: one a line on standard input, as JSON or bare text"
  static let options: [Option] = [.format]
  static let examples = """

    A line is {"type": "…", "message": "…", "code": "…"}, of which one is enough, or the bare message.
    With --format json an answer is printed for each line as it comes, one object a line.

    Examples:
      echo 'dial tcp 10.0.0.7:443: connect: connection refused' | healing detect
      journalctl -o cat -f -u orders | healing detect --format json

    """

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

    init(_ error: ErrorContext) {
      let verdict = error.classification
      category = verdict.category.rawValue
      severity = verdict.severity.rawValue
      transient = verdict.isTransient
      should_retry = verdict.shouldRetry
      should_fallback = verdict.shouldFallback
      should_circuit_break = verdict.shouldCircuitBreak
      retry_delay_ms = verdict.retryDelay?.milliseconds
      rule = verdict.rule
      fingerprint = error.fingerprint.text
      message = error.message
    }

    static let columns = [
      "category", "severity", "transient", "should_retry", "should_fallback", "should_circuit_break",
      "retry_delay_ms", "rule", "message",
    ]

    /// Figures for ``columns``.
    var row: [Cell] {
      func word(_ value: Bool) -> Cell { .text(value ? "yes" : "no") }
      return [
        .text(category), .text(severity), word(transient), word(should_retry), word(should_fallback),
        word(should_circuit_break), retry_delay_ms.map(Cell.real) ?? .none, .text(rule), .text(message),
      ]
    }
  }

  static func run(_ options: ParsedOptions) async throws {
    let format = try options.format()
    if let word = options.positional.first {
      throw UsageError(
        "detect takes no argument such as '\(word)': errors come on standard input, one a line")
    }
    if isatty(STDIN_FILENO) == 1 {
      StandardError.write("one error a line; end with Ctrl-D\n")
    }
    let detector = ErrorDetector()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var rows: [[Cell]] = []
    var number = 0
    while let line = readLine() {
      number += 1
      guard !line.allSatisfy(\.isWhitespace) else { continue }
      let evidence = try DetectInput.evidence(in: line, number: number)
      let output = Output(detector.detect(evidence, component: "stdin", operation: "detect"))
      if format == .json {
        print(String(decoding: try encoder.encode(output), as: UTF8.self))
        // Whoever reads a pipe gets each answer at once.
        fflush(nil)
      } else {
        rows.append(output.row)
      }
    }
    if format != .json {
      print(try Table(columns: Output.columns, rows: rows).render(format), terminator: "")
    }
  }
}
