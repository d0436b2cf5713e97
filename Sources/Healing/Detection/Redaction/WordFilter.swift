/// Selects the bytes and words at which the scan stops: most words are in no table, and their first and last
/// letters show that. A shared object, so that a scan accesses the tables once.
final class WordFilter: Sendable {
  static let shared = WordFilter()

  enum ByteKind: UInt8 {
    case other
    /// Part of a word.
    case word
    /// A byte whose surroundings are examined.
    case mark
  }

  let kinds: [ByteKind]
  let labels = LetterPairs(firstAndLastOf: SecretNames.labels)
  let fillers = LetterPairs(firstAndLastOf: SecretNames.fillers)
  private let forms = LetterPairs(beginningsOf: SecretForm.table.map(\.prefix))
  private let keywords = LetterPairs(firstAndLastOf: ScanKeyword.words.map(\.word))
  private let names = LetterPairs(endingsOf: SecretNames.table.map(\.name))

  private init() {
    kinds = (UInt8.min...UInt8.max).map { byte in
      byte.isWordByte ? .word : ":=@<>(,".utf8.contains(byte) ? .mark : .other
    }
  }

  /// The possible roles of a word.
  struct Roles: OptionSet {
    let rawValue: UInt8
    /// The word begins like a form of ``SecretForm/table``.
    static let form = Roles(rawValue: 1)
    static let keyword = Roles(rawValue: 2)
    /// A name followed by a space.
    static let name = Roles(rawValue: 4)
    static let flag = Roles(rawValue: 8)
    /// The first part of a token, or the first or last line of a PEM block.
    static let longWord = Roles(rawValue: 16)
  }

  func roles(of word: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> Roles {
    let first = bytes[word.lowerBound]
    let last = bytes[word.upperBound &- 1]
    let next = word.upperBound < bytes.count ? bytes[word.upperBound] : UInt8(ascii: "\n")
    var roles: Roles = []
    if keywords.contains(first, last) { roles.insert(.keyword) }
    if forms.contains(first, word.count > 1 ? bytes[word.lowerBound &+ 1] : next) { roles.insert(.form) }
    if word.count >= 15 && next != UInt8(ascii: ":") && next != UInt8(ascii: ".") { roles.insert(.longWord) }
    if first == UInt8(ascii: "-") { roles.insert(.flag) }
    if next.isGap {
      if word.count > 2 && names.contains(bytes[word.upperBound &- 2], last) { roles.insert(.name) }
      if word.count >= 8 && (last == UInt8(ascii: "N") || last == UInt8(ascii: "D")) {
        roles.insert(.longWord)
      }
    } else if next == UInt8(ascii: "."), word.upperBound &+ 3 < bytes.count,
      bytes[word.upperBound &+ 3] == next, bytes[word.upperBound &+ 1] == next
    {
      roles.insert(.name)
    } else if word.count >= 8 && (next == UInt8(ascii: ":") || next == UInt8(ascii: ".")) {
      roles.insert(.longWord)
    }
    return roles
  }

  /// Returns whether a word may end a name of the table.
  func mayEndName(_ word: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard word.count > 1 else { return false }
    let last = bytes[word.upperBound - 1]
    if last.isASCIIDigit { return !bytes[word.lowerBound].isASCIIDigit }
    return names.contains(bytes[word.upperBound - 2], last)
  }
}
