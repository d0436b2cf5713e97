/// Values of more than one part: YAML blocks and tags, changes, passphrases, dumps.
extension SecretScan {
  /// Redacts the YAML block that a value introduces: `password: |`, `password: !vault |`, `password: >-`.
  mutating func skipBlock(from start: Int, separator: Int) -> Int? {
    guard bytes[separator] == UInt8(ascii: ":") else { return nil }
    let header = nodeStart(from: start)
    guard byte(at: header) == UInt8(ascii: "|") || byte(at: header) == UInt8(ascii: ">") else { return nil }
    let headerEnd = end(from: header + 1, limit: 2) {
      $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") || $0.isASCIIDigit
    }
    let lineBreak = end(from: headerEnd, while: \.isBlank)
    guard byte(at: lineBreak).isLineBreak else { return nil }
    let firstLine = lineStart(from: lineBreak)
    let first = end(from: firstLine, while: \.isGap)
    guard first > firstLine, first < bytes.count else { return lineBreak }
    var last = lineEnd(from: first, after: lineBreak)
    while byte(at: last).isLineBreak {
      let next = lineStart(from: last)
      let indented = end(from: next, while: \.isGap)
      guard indented - next >= first - firstLine, indented < bytes.count else { break }
      last = lineEnd(from: indented, after: lineBreak)
    }
    if !isRedacted(at: first) && last > first { redact(first..<last) }
    return last
  }

  /// Returns the index after the tag and the anchor of a YAML node: `!!str x`, `&name x`.
  func nodeStart(from start: Int) -> Int {
    var start = start
    for _ in 0..<2 {
      guard byte(at: start) == UInt8(ascii: "!") || byte(at: start) == UInt8(ascii: "&") else { break }
      let wordEnd = end(from: start, limit: 64) { !$0.isSpace && !$0.isQuote && !$0.isGap }
      let next = end(from: wordEnd, while: \.isGap)
      guard next > wordEnd, next < bytes.count, !bytes[next].isLineBreak else { break }
      start = next
    }
    return start
  }

  /// Returns the index after a run of line breaks.
  private func lineStart(from lineBreak: Int) -> Int { end(from: lineBreak, while: \.isLineBreak) }

  /// Returns the end of a line. If the text's line breaks are escaped, the line also ends with the string or
  /// parameter that contains the text.
  func lineEnd(from start: Int, after lineBreak: Int) -> Int {
    let level = level(at: lineBreak)
    var index = start
    while index < bytes.count, !bytes[index].isLineBreak {
      if self.level(at: index).depth < level.depth,
        level.kind == .percent
          ? bytes[index].isSpace || bytes[index] == UInt8(ascii: "&") : bytes[index].isQuote
      {
        break
      }
      index += 1
    }
    return index
  }

  /// Returns the end of a bare value, including parts after a space.
  mutating func extendedEnd(of value: Range<Int>, name: Range<Int>, separator: Int) -> Int {
    if let end = nodeEnd(of: value, separator: separator) { return end }
    if let end = pointeeEnd(of: value) { return end }
    return phraseEnd(of: value, name: name) ?? value.upperBound
  }

  /// Returns the end of a YAML node with a tag or an anchor: `!!str x`, `&anchor x`. The tag is redacted, too,
  /// because a password may begin like one.
  private mutating func nodeEnd(of value: Range<Int>, separator: Int) -> Int? {
    guard bytes[separator] == UInt8(ascii: ":") else { return nil }
    let start = nodeStart(from: value.lowerBound)
    guard start > value.lowerBound, byte(at: value.upperBound).isGap else { return nil }
    return bytes[start].isQuote
      ? min(quoted(from: start).upperBound + 1, bytes.count) : bareEnd(from: start, separator: separator)
  }

  /// Returns the end of the text after a debugger's address: `0x55d0 "x"`.
  private func pointeeEnd(of value: Range<Int>) -> Int? {
    guard matches("0x", at: value.lowerBound), byte(at: value.upperBound).isGap else { return nil }
    let start = end(from: value.upperBound, while: \.isGap)
    guard byte(at: start).isQuote else { return nil }
    return min(quoted(from: start).upperBound + 1, bytes.count)
  }

  /// Returns the end of a passphrase of at least three lower-case words.
  private func phraseEnd(of value: Range<Int>, name: Range<Int>) -> Int? {
    guard SecretNames.isPhrase(bytes[name]), isPhraseWord(value) else { return nil }
    var last = value.upperBound
    var count = 1
    while byte(at: last).isGap {
      let word = last + 1..<end(from: last + 1, limit: 32, while: \.isLowercaseLetter)
      guard isPhraseWord(word) else { break }
      let next = byte(at: word.upperBound)
      guard !next.isWordByte, next != UInt8(ascii: "=") else { break }
      last = word.upperBound
      count += 1
    }
    return count >= 3 ? last : nil
  }

  private func isPhraseWord(_ word: Range<Int>) -> Bool {
    3...12 ~= word.count && bytes[word].allSatisfy(\.isLowercaseLetter)
  }

  /// Redacts the new value of a change: `password = "old" -> "new"`, `"" => "new"`.
  mutating func skipChange(after end: Int, separator: Int) -> Int? {
    let index = self.end(from: end, limit: 4, while: \.isQuote)
    let arrow = self.end(from: index, limit: 8, while: \.isGap)
    guard let arrowEnd = arrowEnd(at: arrow) else { return nil }
    let start = self.end(from: arrowEnd, while: \.isGap)
    guard start > arrowEnd, start < bytes.count, !bytes[start].isSpace else { return nil }
    let next = skipValue(from: start, separator: arrowEnd - 1, kind: .secret, isProse: false)
    return next > arrowEnd ? next : nil
  }

  /// Returns the end of `->`, `=>` or `→`.
  private func arrowEnd(at index: Int) -> Int? {
    if matches("->", at: index) || matches("=>", at: index) { return index + 2 }
    return matches("→", at: index) ? index + 3 : nil
  }
}
