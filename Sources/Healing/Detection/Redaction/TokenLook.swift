/// What a value looks like: a token that a machine made, or a word of a sentence.
struct TokenLook {
  /// In bytes: more of a value is not looked at.
  static let length = 64

  private let count: Int
  private var digits = 0
  private var lowercase = 0
  private var uppercase = 0
  /// `_`, `-`, `.`, `/`, `:` and the like between words.
  private var separators = 0
  private var hasSpace = false
  private var hasPadding = false
  /// Whether its capitals begin words, as in `InvalidTokenException`.
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
  /// Capitals among small letters that begin no word.
  private var isMixed: Bool { lowercase > 0 && uppercase > 0 && !isCamelCase }

  /// Whether it has the marks of a token and so many bytes: digits, capitals inside, padding, or great length.
  func isSecret(atLeast minimum: Int) -> Bool {
    guard count >= minimum, !hasSpace else { return false }
    return digits > 0 || hasPadding || isMixed && count >= 8
      || count >= 20 && separators == 0 && !isCamelWords
  }

  /// Whether it is letters and digits both, so many of them.
  func isMixture(atLeast minimum: Int) -> Bool {
    count >= minimum && !hasSpace && (digits > 0 && letters > 0 || isMixed && count >= 8)
  }

  /// Whether it is made of capitals, digits and marks alone: `E_DENIED`, `ERR404`.
  var isCapitals: Bool { lowercase == 0 }

  /// Whether it is one long run of letters and digits.
  var isKey: Bool { count >= 16 && separators == 0 && !hasSpace && (digits > 0 && letters > 0 || isMixed) }

  private var isCamelWords: Bool { uppercase > 0 && isCamelCase }
}
