/// The names before separators, and the words between a name and its value.
extension SecretScan {
  /// Returns the name before a separator, without the quotes, brackets and blanks between.
  func name(before end: Int) -> Range<Int> {
    let end = start(to: end, limit: 16) {
      $0.isGap || $0.isQuote || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "]")
        || $0 == UInt8(ascii: ")") || $0 == UInt8(ascii: "!")
    }
    // Leader dots: `password . . . : x`
    let isLed = end > copied + 1 && bytes[end - 1] == UInt8(ascii: ".")
    let nameEnd = isLed ? start(to: end, limit: 64) { $0.isGap || $0 == UInt8(ascii: ".") } : end
    return start(to: nameEnd, limit: 128, while: \.isWordByte)..<nameEnd
  }

  /// Returns the row of a name, also with the words before it: `api key`, `API key provided`.
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

  /// Returns the row of a name of one word.
  private func row(of name: Range<Int>) -> SecretNames.Row? {
    filter.mayEndName(name, in: bytes) ? SecretNames.row(of: bytes[name]) : nil
  }

  /// Returns the row of a name of two words: `api key`.
  func twoWords(from start: Int, endingWith word: Range<Int>) -> SecretNames.Row? {
    filter.mayEndName(word, in: bytes) ? SecretNames.row(ofTwoWords: bytes[start..<word.upperBound]) : nil
  }

  /// Returns the word before another one, separated by a space.
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
