/// Names and values joined by other characters than `=` and `:`.
extension SecretScan {
  /// Redacts the value of `password -> x`, at the `>`. `cfg->token->expires` has no spaces, so it is not matched.
  mutating func skipArrow(at end: Int) -> Int {
    let dash = end - 1
    guard dash > copied else { return end + 1 }
    let start = self.end(from: end + 1, while: \.isGap)
    guard start < bytes.count, !bytes[start].isSpace,
      start > end + 1 && bytes[dash - 1].isGap || bytes[dash - 1].isQuote && bytes[start].isQuote
    else { return end + 1 }
    let name = name(before: dash)
    guard !name.isEmpty, name.lowerBound == 0 || bytes[name.lowerBound - 1] != UInt8(ascii: "/"),
      let row = subject(name, before: dash), row.kind == .secret || row.kind == .header
    else { return end + 1 }
    // "rename column password -> password_hash"
    let word = start..<self.end(from: start, limit: 64, while: \.isWordByte)
    guard SecretNames.row(of: bytes[word]) == nil else { return end + 1 }
    // "auth token -> retry"
    if isMachineMade(name), bytes[word].allSatisfy(\.isLowercaseLetter), !isLongWord(word) { return end + 1 }
    return skipValue(from: start, separator: end, kind: row.kind, isProse: true)
  }

  /// Redacts the value after a name and leader dots: `password........x`. Three dots are an ellipsis.
  mutating func skipLeaders(after word: Range<Int>) -> Int? {
    let start = end(from: word.upperBound) { $0 == UInt8(ascii: ".") }
    guard start - word.upperBound > 3, start < bytes.count, !bytes[start].isSpace,
      SecretNames.kind(of: bytes[word]) == .secret
    else { return nil }
    return skipValue(from: start, separator: start - 1, kind: .secret, isProse: true)
  }

  /// Redacts the value of a `multipart/form-data` field, after the headers of its part.
  mutating func skipFormField(after name: Int) -> Int? {
    var index = byte(at: name).isQuote ? name + 1 : name
    for _ in 0..<3 {
      guard byte(at: index).isLineBreak else { return nil }
      let next = end(from: index, limit: 8) { $0.isLineBreak || $0.isGap }
      let lines = bytes[index..<next].count { $0 == UInt8(ascii: "\n") }
      if lines > 1 {
        let value = next..<lineEnd(from: next, after: index)
        guard !value.isEmpty, !isRedacted(at: next), !matches("--", at: next) else { return nil }
        redact(value)
        return value.upperBound
      }
      guard matches("Content-", at: next) || matches("content-", at: next) else { return nil }
      index = end(from: next, limit: 128) { !$0.isLineBreak }
    }
    return nil
  }

  /// Records that a value follows if the line above contains only the name of a secret: `api_key\n  Input should be
  /// … input_value='x'` of pydantic.
  mutating func noteField(before name: Range<Int>) {
    let line = start(to: name.lowerBound, limit: Self.labelReach) { !$0.isLineBreak }
    let end = start(to: line, limit: 4, while: \.isLineBreak)
    let field = start(to: end, limit: 64) { $0.isWordByte || $0 == UInt8(ascii: ".") }..<end
    guard end < line, !field.isEmpty, SecretNames.kind(of: bytes[field]) == .secret else { return }
    labelledEnd = name.upperBound + 1
  }

  /// Redacts the value before `for`: `Value "x" for property db.password`, `invalid value 'x' for '--password'`.
  mutating func skipSubject(_ word: Range<Int>) -> Int? {
    let close = start(to: word.lowerBound, limit: 4, while: \.isGap) - 1
    guard close > copied, close + 1 < word.lowerBound, bytes[close].isQuote else { return nil }
    let quote = bytes[close]
    let value = start(to: close, limit: 256) { $0 != quote }..<close
    let label = start(to: value.lowerBound - 1, limit: 4) { $0.isGap || $0 == UInt8(ascii: ":") }
    guard !value.isEmpty, value.lowerBound > copied, bytes[value.lowerBound - 1] == quote,
      equals(start(to: label, limit: 8, while: \.isWordByte)..<label, "value"),
      !isRedacted(at: value.lowerBound)
    else { return nil }
    var index = word.upperBound
    // Skips words such as "the property" before the name.
    for _ in 0..<3 {
      let start = end(from: index, limit: 4) { $0.isGap || $0.isQuote || $0 == UInt8(ascii: ":") }
      let name = start..<end(from: start, limit: 96) { $0.isWordByte || $0 == UInt8(ascii: ".") }
      guard !name.isEmpty else { return nil }
      let core = name.lowerBound..<self.start(to: name.upperBound, limit: 2) { $0 == UInt8(ascii: ".") }
      if SecretNames.kind(of: bytes[core]) == .secret {
        // "Value "x" for password policy is unknown"
        let next = name.upperBound + 1..<end(from: name.upperBound + 1, limit: 24, while: \.isLowercaseLetter)
        let isAttribute =
          byte(at: name.upperBound).isGap && !next.isEmpty && !isHarmless(word: next, in: HarmlessWords.prose)
        guard !isAttribute, !isHarmless(SecretValue(range: value, core: value, isQuoted: true), isProse: true)
        else { return nil }
        redact(value)
        return name.upperBound
      }
      index = name.upperBound
    }
    return nil
  }

  /// Returns whether a line consists of one word that may be a secret: `password=\nx`. A prompt ends with a colon,
  /// so the word below a colon must look like a secret.
  func isLoneSecret(from start: Int, separator: Int, lineBreak: Int) -> Bool {
    let lineEnd = lineEnd(from: start, after: lineBreak)
    let word = start..<end(from: start, limit: lineEnd - start) { !$0.isSpace }
    guard !word.isEmpty, word.upperBound == lineEnd, !isHarmless(word: word, in: HarmlessWords.prose) else {
      return false
    }
    return bytes[separator] == UInt8(ascii: "=") || look(at: word).isMixture(atLeast: 6)
  }

  /// Returns whether a word of lower-case letters is too long to continue a sentence.
  func isLongWord(_ word: Range<Int>) -> Bool {
    word.count >= 12 && bytes[word].allSatisfy(\.isLowercaseLetter) && !HarmlessWords.isDerived(bytes[word])
  }
}
