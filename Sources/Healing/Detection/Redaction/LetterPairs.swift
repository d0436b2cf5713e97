/// A set of pairs of letters, in any case. Tells of most words by one look that a table does not hold them.
struct LetterPairs {
  private var isIn = Array(repeating: false, count: 1_024)

  /// The first and the last letter of each word.
  init(firstAndLastOf words: [StaticString]) {
    for word in words {
      isIn[Self.place(word.utf8Start[0], word.utf8Start[word.utf8CodeUnitCount - 1])] = true
    }
  }

  /// The first two bytes of each word.
  init(beginningsOf words: [StaticString]) {
    for word in words { isIn[Self.place(word.utf8Start[0], word.utf8Start[1])] = true }
  }

  /// The last two letters of each word.
  init(endingsOf words: [StaticString]) {
    for word in words {
      let count = word.utf8CodeUnitCount
      isIn[Self.place(word.utf8Start[count - 2], word.utf8Start[count - 1])] = true
    }
  }

  /// Other bytes count as the letters that end with the same five bits.
  func contains(_ first: UInt8, _ second: UInt8) -> Bool { isIn[Self.place(first, second)] }

  /// The pair's place among 1,024.
  static func place(_ first: UInt8, _ second: UInt8) -> Int { Int(first & 31) << 5 | Int(second & 31) }
}
