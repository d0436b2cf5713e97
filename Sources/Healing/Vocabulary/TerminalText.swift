/// Text from elsewhere as a terminal may be given it. Control characters of either block steer a terminal, and characters
/// that set the writing direction show a line in another order than it has.
package enum TerminalText {
  /// One line without them: blanks stand in for white space, U+FFFD for the others.
  package static func line(_ text: String) -> String {
    replaced(text) { $0 >= 0x09 && $0 <= 0x0D ? " " : "\u{FFFD}" }
  }

  /// The same, but for tabs and line breaks, which stay.
  package static func lines(_ text: String) -> String {
    replaced(text) { $0 == 0x09 || $0 == 0x0A || $0 == 0x0D ? Unicode.Scalar($0) : "\u{FFFD}" }
  }

  /// JSON that says the same without them. They can only stand in its strings, where an escape means the same.
  package static func json(_ text: String) -> String {
    // The encoder has escaped what is below U+0020; line breaks between values are its own.
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

  /// Whether it is shown and does nothing else.
  package static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value >= 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: return false
    // Joiners are part of words and of emoji; the others of their kind set directions or are not seen.
    case .format: return scalar.value == 0x200C || scalar.value == 0x200D
    default: return true
    }
  }
}
