/// Classes of bytes for the scan for secrets.
extension UInt8 {
  /// Whether the byte occurs in keys and tokens: base64, base64url, JSON web tokens and keys with a dot.
  var isTokenByte: Bool {
    isWordByte || self == UInt8(ascii: ".") || self == UInt8(ascii: "+") || self == UInt8(ascii: "/")
      || self == UInt8(ascii: "=") || self == UInt8(ascii: "~")
  }

  var isBase64: Bool {
    isASCIILetter || isASCIIDigit || self == UInt8(ascii: "+") || self == UInt8(ascii: "/")
      || self == UInt8(ascii: "=")
  }

  /// Whether the byte separates the words of a name: `client-key_data`, `api key`.
  var isNameSeparator: Bool {
    self == UInt8(ascii: "_") || self == UInt8(ascii: "-") || self == UInt8(ascii: " ")
      || self == UInt8(ascii: ".") || self == UInt8(ascii: "+")
  }

  /// Whether the byte separates words: a space, a tab, or the `+` of form data.
  var isGap: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "+") }

  var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
  var isLineBreak: Bool { self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r") }

  var isOpener: Bool {
    self == UInt8(ascii: "(") || self == UInt8(ascii: "[") || self == UInt8(ascii: "{")
  }
  var isCloser: Bool {
    self == UInt8(ascii: ")") || self == UInt8(ascii: "]") || self == UInt8(ascii: "}")
  }
}

extension UnsafeBufferPointer<UInt8>.SubSequence {
  /// Returns whether the bytes end with a lower-case word, ignoring case.
  func ends(with word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard count >= length else { return false }
    return word.withUTF8Buffer { word in
      var index = length
      while index > 0 {
        index -= 1
        guard self[endIndex - length + index].lowercasedLetter == word[index] else { return false }
      }
      return true
    }
  }

  /// Returns whether the bytes begin with a word, case-sensitively.
  func starts(with word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard count >= length else { return false }
    return word.withUTF8Buffer { word in
      var index = 0
      while index < length {
        guard self[startIndex + index] == word[index] else { return false }
        index += 1
      }
      return true
    }
  }
}
