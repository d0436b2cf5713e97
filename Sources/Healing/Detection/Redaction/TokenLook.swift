/// Statistics of a value that distinguish a generated token from a word of a sentence.
struct TokenLook {
  /// Number of bytes of a value that are examined.
  static let length = 64

  private let count: Int
  private var digits = 0
  private var lowercase = 0
  private var uppercase = 0
  /// Bytes such as `_`, `-`, `.`, `/` and `:` between words.
  private var separators = 0
  private var hasSpace = false
  private var hasPadding = false
  /// Whether every capital begins a word, as in `InvalidTokenException`.
  private var isCamelCase = true

  init(_ value: UnsafeBufferPointer<UInt8>.SubSequence) {
    count = value.count
    for index in value.indices.prefix(Self.length) {
      let byte = value[index]
      if byte.isASCIIDigit {
        digits += 1
      } else if byte.isLowercaseLetter {
        lowercase += 1
      } else if byte.isUppercaseLetter {
        uppercase += 1
        let next = value[(index + 1)...].prefix(2)
        if next.count < 2 || !next.allSatisfy(\.isLowercaseLetter) { isCamelCase = false }
      } else if byte.isSpace {
        hasSpace = true
      } else if byte == UInt8(ascii: "=") {
        hasPadding = true
      } else {
        separators += 1
      }
    }
  }

  private var letters: Int { lowercase + uppercase }
  /// Whether capitals among lower-case letters do not begin words.
  private var isMixed: Bool { lowercase > 0 && uppercase > 0 && !isCamelCase }

  /// Returns whether the value has a minimum number of bytes and a token's properties: digits, padding, capitals
  /// inside words (from 8 bytes), or 20 bytes without separators and camel-case words.
  func isSecret(atLeast minimum: Int) -> Bool {
    guard count >= minimum, !hasSpace else { return false }
    return digits > 0 || hasPadding || isMixed && count >= 8
      || count >= 20 && separators == 0 && !isCamelWords
  }

  /// Returns whether the value has a minimum number of bytes and both letters and digits, or at least 8 bytes with
  /// capitals inside words.
  func isMixture(atLeast minimum: Int) -> Bool {
    count >= minimum && !hasSpace && (digits > 0 && letters > 0 || isMixed && count >= 8)
  }

  /// Whether the value has no lower-case letter: `E_DENIED`, `ERR404`.
  var isCapitals: Bool { lowercase == 0 }

  /// Whether the value is a run of at least 16 letters and digits, with both of them or with capitals inside words.
  var isKey: Bool { count >= 16 && separators == 0 && !hasSpace && (digits > 0 && letters > 0 || isMixed) }

  private var isCamelWords: Bool { uppercase > 0 && isCamelCase }
}
