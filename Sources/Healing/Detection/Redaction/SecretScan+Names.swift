/// The names before separators, and the words between a name and its value.
extension SecretScan {
  /// The name before a separator; quotes, brackets and blanks between are left out.
  func name(before end: Int) -> Range<Int> {
    let end = start(to: end, limit: 16) {
      $0.isGap || $0.isQuote || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "]")
        || $0 == UInt8(ascii: ")") || $0 == UInt8(ascii: "!")
    }
    // Leaders: `password . . . : x`
    let isLed = end > copied + 1 && bytes[end - 1] == UInt8(ascii: ".")
    let nameEnd = isLed ? start(to: end, limit: 64) { $0.isGap || $0 == UInt8(ascii: ".") } : end
    return start(to: nameEnd, limit: 128, while: \.isWordByte)..<nameEnd
  }

  /// The row of what a name and the words before it name: `api key`, `API key provided`.
  func subject(_ name: Range<Int>, before end: Int) -> SecretNames.Row? {
    var name = name
    for _ in 0..<4 {
      let row = row(of: name)
      if let row, row.kind == .secret || row.kind == .header { return row }
      let previous = previousWord(before: name)
      if let previous, let row = twoWords(from: previous.lowerBound, endingWith: name) { return row }
      if let row { return row }
      guard let previous, isFiller(name) else { return nil }
      name = previous
    }
    return nil
  }

  /// The row of a name of one word.
  private func row(of name: Range<Int>) -> SecretNames.Row? {
    filter.mayEndName(name, in: bytes) ? SecretNames.row(of: bytes[name]) : nil
  }

  /// The row of a name of two words: `api key`.
  func twoWords(from start: Int, endingWith word: Range<Int>) -> SecretNames.Row? {
    filter.mayEndName(word, in: bytes) ? SecretNames.row(ofTwoWords: bytes[start..<word.upperBound]) : nil
  }

  /// The word before another, a space between them.
  func previousWord(before word: Range<Int>) -> Range<Int>? {
    guard word.lowerBound > copied, bytes[word.lowerBound - 1].isGap else { return nil }
    let previous = name(before: word.lowerBound)
    return previous.isEmpty ? nil : previous
  }

  private func isFiller(_ word: Range<Int>) -> Bool {
    filter.fillers.contains(bytes[word.lowerBound], bytes[word.upperBound - 1])
      && SecretNames.fillers.contains { equals(word, $0) }
  }
}
