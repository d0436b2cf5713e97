/// Makes untrusted text safe to print on a terminal. Control characters (C0 and C1) control a terminal, and
/// bidirectional formatting characters change the displayed order of a line.
package enum TerminalText {
  /// Returns one line: white space control characters become blanks, other unsafe characters U+FFFD.
  package static func line(_ text: String) -> String {
    replaced(text) { $0 >= 0x09 && $0 <= 0x0D ? " " : "\u{FFFD}" }
  }

  /// Returns text with unsafe characters replaced by U+FFFD; tabs and line breaks are kept.
  package static func lines(_ text: String) -> String {
    replaced(text) { $0 == 0x09 || $0 == 0x0A || $0 == 0x0D ? Unicode.Scalar($0) : "\u{FFFD}" }
  }

  /// Returns equivalent JSON with unsafe characters escaped. They can only occur in strings, where an escape is
  /// equivalent.
  package static func json(_ text: String) -> String {
    // The encoder has escaped characters below U+0020 in strings; line breaks between values are the encoder's.
    guard text.unicodeScalars.contains(where: { $0.value >= 0x7F && !isHarmless($0) }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.value < 0x7F || isHarmless(scalar) {
        result.unicodeScalars.append(scalar)
      } else {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    return result
  }

  private static func replaced(_ text: String, by stand: (UInt32) -> Unicode.Scalar?) -> String {
    guard !text.unicodeScalars.allSatisfy(isHarmless) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      result.append(isHarmless(scalar) ? scalar : stand(scalar.value) ?? "\u{FFFD}")
    }
    return String(result)
  }

  /// Whether a character is printable and does not control the terminal.
  package static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value >= 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: return false
    // Joiners are part of words and emoji; other format characters set the direction or are invisible.
    case .format: return scalar.value == 0x200C || scalar.value == 0x200D
    default: return true
    }
  }
}
