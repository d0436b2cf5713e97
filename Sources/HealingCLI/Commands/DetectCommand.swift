import Foundation
import Healing

enum DetectCommand: Command {
  static let name = "detect"
  static let summary = "classifies errors, one a line of standard input: JSON or text"
  static let options: [Option] = [.format]
  static let examples = """

    A line is {"type": "…", "message": "…", "code": "…"} with at least one of the
    three, or the bare message. The command prints each result before it reads the
    next line. It reports an invalid line on standard error with its number and
    skips it; the exit code is then 1. A field with another name makes a line
    invalid. Blank lines are skipped. The command ends when its output is closed.

    Examples:
      echo 'dial tcp 10.0.0.7:443: connect: connection refused' | healing detect
      journalctl -o cat -f -u orders | healing detect --format json

    """

  static func run(_ options: ParsedOptions) async throws {
    let format = try options.format()
    if isatty(STDIN_FILENO) == 1 { StandardError.say("one error a line; end with Ctrl-D") }
    var hasBadLine = false
    do {
      try answer(format, hasBadLine: &hasBadLine)
    } catch is SilentExit {
      // The reader of the output has exited; the exit code still reports invalid lines before that.
    }
    if hasBadLine { throw SilentExit(code: .failure) }
  }

  private static func answer(_ format: OutputFormat, hasBadLine: inout Bool) throws {
    let detector = ErrorDetector()
    var printer = DetectPrinter(format: format)
    var reader = LineReader(descriptor: STDIN_FILENO)
    var number = 0
    try printer.begin()
    while let line = try reader.next() {
      number += 1
      let evidence: ErrorEvidence?
      do {
        evidence = try DetectInput.evidence(in: line)
      } catch {
        hasBadLine = true
        StandardError.say("healing: line \(number) of standard input: \(error.problem)")
        continue
      }
      if let evidence {
        try printer.answer(detector.detect(evidence, component: "stdin", operation: "detect"))
      }
    }
  }
}
