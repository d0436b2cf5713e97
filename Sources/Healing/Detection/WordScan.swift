/// Splits text into words, each as a hash of its lower-case form and its place. A word is a run of ASCII letters
/// and digits, or of other characters beyond ASCII; `camelCase` and `HTTPError` are split where a new word starts,
/// `doesn't` is one word.
enum WordScan {
  struct Word: Sendable {
    let hash: UInt64
    let range: Range<Int>
  }

  static func words(in bytes: UnsafeBufferPointer<UInt8>) -> [Word] {
    var words: [Word] = []
    words.reserveCapacity(min(bytes.count / 4 + 4, 512))
    var hash = FNV1a()
    var start: Int?
    for index in bytes.indices {
      let byte = bytes[index]
      let isPart = byte.isASCIILetter || byte.isASCIIDigit || byte >= 0x80
      let isApostrophe =
        byte == UInt8(ascii: "'") && start != nil && index + 1 < bytes.count
        && bytes[index + 1].isLowercaseLetter
      if isApostrophe { continue }
      if let begin = start, !isPart || startsWord(at: index, in: bytes) {
        words.append(Word(hash: hash.value, range: begin..<index))
        start = nil
      }
      if isPart {
        if start == nil {
          start = index
          hash = FNV1a()
        }
        hash.combine(byte.lowercasedLetter)
      }
    }
    if let start { words.append(Word(hash: hash.value, range: start..<bytes.count)) }
    return words
  }

  /// The hashes of a phrase's words.
  static func hashes(of text: String) -> [UInt64] {
    var text = text
    return text.withUTF8 { words(in: $0).map(\.hash) }
  }

  /// The hash of one word, for comparisons.
  static func hash(of word: StaticString) -> UInt64 {
    var hash = FNV1a()
    word.withUTF8Buffer { hash.combine($0) }
    return hash.value
  }

  /// Whether a capital inside a run of letters begins a word: `time|Out`, `HTTP|Error`, but `OAuth`, `TLSv1`.
  private static func startsWord(at index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes[index].isUppercaseLetter, index > 0 else { return false }
    let previous = bytes[index - 1]
    if previous.isLowercaseLetter { return true }
    return previous.isUppercaseLetter && index + 2 < bytes.count && bytes[index + 1].isLowercaseLetter
      && bytes[index + 2].isLowercaseLetter
  }
}
