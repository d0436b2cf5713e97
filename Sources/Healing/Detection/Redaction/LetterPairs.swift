/// A set of letter pairs, ignoring case. One lookup excludes most words that are not in a table.
struct LetterPairs {
  private var isIn = Array(repeating: false, count: 1_024)

  /// Makes the set of the first and last letters of words.
  init(firstAndLastOf words: [StaticString]) {
    for word in words {
      isIn[Self.place(word.utf8Start[0], word.utf8Start[word.utf8CodeUnitCount - 1])] = true
    }
  }

  /// Makes the set of the first two bytes of words.
  init(beginningsOf words: [StaticString]) {
    for word in words { isIn[Self.place(word.utf8Start[0], word.utf8Start[1])] = true }
  }

  /// Makes the set of the last two letters of words.
  init(endingsOf words: [StaticString]) {
    for word in words {
      let count = word.utf8CodeUnitCount
      isIn[Self.place(word.utf8Start[count - 2], word.utf8Start[count - 1])] = true
    }
  }

  /// Returns whether the set contains a pair. Only the low five bits count, so other bytes equal some letter.
  func contains(_ first: UInt8, _ second: UInt8) -> Bool { isIn[Self.place(first, second)] }

  /// Index of a pair, in 0..<1,024.
  static func place(_ first: UInt8, _ second: UInt8) -> Int { Int(first & 31) << 5 | Int(second & 31) }
}
