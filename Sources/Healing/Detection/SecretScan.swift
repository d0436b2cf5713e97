/// One pass over a text that finds secrets. Copies the text only when it finds one.
struct SecretScan {
  let bytes: UnsafeBufferPointer<UInt8>
  private var output: [UInt8] = []
  /// Up to here the text is copied to the output.
  private(set) var copied = 0

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The text without its secrets, or `nil` when there were none.
  mutating func run() -> String? {
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: ":") where matches("://", at: index):
        index = skipPasswordOfURL(from: index + 3)
      case UInt8(ascii: "-") where matches("-----BEGIN ", at: index):
        index = skipPEM(from: index)
      case UInt8(ascii: "-") where matches("-----END ", at: index):
        index = skipTailOfPEM(endingAt: index)
      case UInt8(ascii: "="), UInt8(ascii: ":"):
        index = skipValue(ofPairAt: index)
      case let byte where byte.isWordByte && (index == 0 || !bytes[index - 1].isWordByte):
        index = skipWord(from: index)
      default:
        index += 1
      }
    }
    guard !output.isEmpty else { return nil }
    output.append(contentsOf: bytes[copied...])
    return String(decoding: output, as: UTF8.self)
  }

  mutating func redact(_ range: Range<Int>) {
    if output.isEmpty { output.reserveCapacity(bytes.count + 4 * Redactor.mark.utf8.count) }
    output.append(contentsOf: bytes[copied..<range.lowerBound])
    output.append(contentsOf: Redactor.mark.utf8)
    copied = range.upperBound
  }

  /// Whether the bytes at a place are those of a word, capitals included.
  func matches(_ word: StaticString, at index: Int) -> Bool {
    let length = word.utf8CodeUnitCount
    guard index + length <= bytes.count else { return false }
    return word.withUTF8Buffer { word in
      var offset = 0
      while offset < length {
        guard bytes[index + offset] == word[offset] else { return false }
        offset += 1
      }
      return true
    }
  }

  /// Whether a range is a word, in any case.
  func equals(_ range: Range<Int>, _ word: StaticString) -> Bool {
    range.count == word.utf8CodeUnitCount && bytes[range].ends(with: word)
  }

  /// The end of the run of bytes that satisfy a condition.
  func end(from start: Int, while condition: (UInt8) -> Bool) -> Int {
    var index = start
    while index < bytes.count && condition(bytes[index]) { index += 1 }
    return index
  }
}

extension UInt8 {
  /// A byte of a name: a letter, a digit, `_` or `-`.
  var isWordByte: Bool {
    isASCIILetter || isASCIIDigit || self == UInt8(ascii: "_") || self == UInt8(ascii: "-")
  }

  /// A byte of a key or token, as base64, base64url, JSON web tokens and keys with a dot use them.
  var isTokenByte: Bool {
    isWordByte || self == UInt8(ascii: ".") || self == UInt8(ascii: "+") || self == UInt8(ascii: "/")
      || self == UInt8(ascii: "=") || self == UInt8(ascii: "~")
  }

  var isQuote: Bool { self == UInt8(ascii: "\"") || self == UInt8(ascii: "'") }
  var isSpace: Bool { self <= 0x20 }
}
