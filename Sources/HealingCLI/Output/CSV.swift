import Healing

/// Lines of comma-separated values as in RFC 4180, safe to open in a spreadsheet. Works on bytes, so that a
/// comma followed by a combining mark is a separator.
enum CSV {
  static func line(_ cells: [Cell]) -> String { cells.map(field).joined(separator: ",") + "\r\n" }

  private static func field(_ cell: Cell) -> String {
    guard case .text(let text) = cell else { return cell.plain }
    let value = TerminalText.lines(text)
    // A spreadsheet evaluates such a text as a formula; an apostrophe in front makes it text.
    let field = isFormula(value) ? "'" + value : value
    let needsQuotes = field != value || field.utf8.contains(where: isSpecial)
    return needsQuotes ? "\"" + doubled(field) + "\"" : field
  }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\r")
      || byte == UInt8(ascii: "\n")
  }

  private static func doubled(_ text: String) -> String {
    let quote = UInt8(ascii: "\"")
    return String(decoding: text.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }, as: UTF8.self)
  }

  private static func isFormula(_ text: String) -> Bool {
    switch text.unicodeScalars.first {
    case "=", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": true
    case "+", "-": !isNumber(text)
    default: false
    }
  }

  /// Whether a text is a decimal number, which is no formula even with a sign.
  private static func isNumber(_ text: String) -> Bool {
    text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) } && Double(text) != nil
  }
}
