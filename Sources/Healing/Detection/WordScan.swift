/// Splits text into words, each with the hash of its lower-case form and its range. A word is a run of ASCII
/// letters, digits and non-ASCII characters. `camelCase` and `HTTPError` are split where a new word begins;
/// `doesn't` is one word, `u'text'` two. Of a URL only the scheme is read, of an absolute path only the last part:
/// an address with `/login` in it is no failed login.
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
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "/"), let end = endOfAddress(in: bytes, at: index) {
        if let begin = start { words.append(Word(hash: hash.value, range: begin..<index)) }
        start = nil
        index = end
        continue
      }
      let here = index
      index += 1
      let isPart = byte.isASCIILetter || byte.isASCIIDigit || byte >= 0x80
      if byte == UInt8(ascii: "'"), start != nil, isContraction(at: index, in: bytes) { continue }
      if let begin = start, !isPart || startsWord(at: here, in: bytes) {
        words.append(Word(hash: hash.value, range: begin..<here))
        start = nil
      }
      if isPart {
        if start == nil {
          start = here
          hash = FNV1a()
        }
        hash.combine(byte.lowercasedLetter)
      }
    }
    if let start { words.append(Word(hash: hash.value, range: start..<bytes.count)) }
    return words
  }

  /// Returns the hashes of a phrase's words.
  static func hashes(of text: String) -> [UInt64] {
    var text = text
    return text.withUTF8 { words(in: $0).map(\.hash) }
  }

  /// Returns the hash of one word, for comparisons.
  static func hash(of word: StaticString) -> UInt64 {
    var hash = FNV1a()
    word.withUTF8Buffer { hash.combine($0) }
    return hash.value
  }

  /// Returns the end of a URL whose `//` begins at `slash`, or the start of the last part of an absolute path.
  /// Returns `nil` for a slash between words: `I/O`, `and/or`.
  private static func endOfAddress(in bytes: UnsafeBufferPointer<UInt8>, at slash: Int) -> Int? {
    let previous = slash > 0 ? bytes[slash - 1] : UInt8(ascii: " ")
    guard !previous.isASCIILetter, !previous.isASCIIDigit, slash + 1 < bytes.count else { return nil }
    let isURL = previous == UInt8(ascii: ":") && bytes[slash + 1] == UInt8(ascii: "/")
    var lastSlash = slash
    var end = slash + 1
    while end < bytes.count, !bytes[end].isSpace, !bytes[end].isQuote, !endsAddress(bytes[end]) {
      if bytes[end] == UInt8(ascii: "/") { lastSlash = end }
      end += 1
    }
    return isURL ? end : lastSlash + 1
  }

  private static func endsAddress(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: ">"), UInt8(ascii: "}"), UInt8(ascii: ","),
      UInt8(ascii: ";"), UInt8(ascii: "`"):
      true
    default: false
    }
  }

  /// Returns whether a contraction's ending is at `index`: `don't`, `it's`, `we'd`, `I'm`, `we'll`, `they're`,
  /// `I've`.
  private static func isContraction(at index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let ending = bytes[min(index, bytes.count)...].prefix(3).prefix { $0.isASCIILetter }
    return endings.contains { $0.elementsEqual(ending) }
  }
  private static let endings = ["t", "s", "d", "m", "ll", "re", "ve"].map { Array($0.utf8) }

  /// Returns whether a capital inside a run of letters begins a word: `time|Out`, `HTTP|Error`, but not `OAuth`,
  /// `TLSv1`.
  private static func startsWord(at index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes[index].isUppercaseLetter, index > 0 else { return false }
    let previous = bytes[index - 1]
    if previous.isLowercaseLetter { return true }
    return previous.isUppercaseLetter && index + 2 < bytes.count && bytes[index + 1].isLowercaseLetter
      && bytes[index + 2].isLowercaseLetter
  }
}
