/// Secrets that a name gives away: `password=…`, `"api_key": "…"`, `Authorization: Bearer …`.
extension SecretScan {
  mutating func skipValue(ofPairAt separator: Int) -> Int {
    let name = nameOfPair(at: separator)
    let kind = SecretNames.kind(of: bytes[name])
    guard kind != .none else { return separator + 1 }
    let isBackslashOrSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\\") }
    let valueStart = end(from: separator + 1) { isBackslashOrSpace($0) || $0 == UInt8(ascii: "=") }
    guard valueStart < bytes.count, !isRedacted(at: valueStart) else { return separator + 1 }
    let value =
      bytes[valueStart].isQuote
      ? quotedValue(from: valueStart) : bareValue(from: valueStart, isHeader: isHeader(name))
    guard !value.isEmpty, !isRedacted(at: value.lowerBound) else { return separator + 1 }
    switch kind {
    case .secret where isHarmless(value), .ambiguous where !SecretNames.looksSecret(bytes[value]):
      return separator + 1
    default: break
    }
    redact(value)
    return value.upperBound
  }

  /// The name before a separator, quotes and blanks between left out.
  private func nameOfPair(at separator: Int) -> Range<Int> {
    var end = separator
    while end > copied
      && (bytes[end - 1] == UInt8(ascii: " ") || bytes[end - 1].isQuote
        || bytes[end - 1] == UInt8(ascii: "\\"))
    {
      end -= 1
    }
    var start = end
    while start > copied && bytes[start - 1].isWordByte { start -= 1 }
    return start..<end
  }

  /// Up to the closing quote: the one with as many backslashes before it as the opening one has, so that JSON
  /// within JSON is read right. To the end of the text when it was cut off.
  private func quotedValue(from quote: Int) -> Range<Int> {
    func backslashes(before index: Int, downTo floor: Int) -> Int {
      var count = 0
      while index - count > floor && bytes[index - count - 1] == UInt8(ascii: "\\") { count += 1 }
      return count
    }
    let depth = backslashes(before: quote, downTo: copied)
    var index = quote + 1
    while index < bytes.count {
      if bytes[index] == bytes[quote] {
        let count = backslashes(before: index, downTo: quote + 1)
        if count <= depth { return quote + 1..<index - count }
      }
      index += 1
    }
    return quote + 1..<bytes.count
  }

  /// Up to white space or what separates pairs. A header's value goes on to the end of its line, unless it is a
  /// scheme and a token.
  private func bareValue(from start: Int, isHeader: Bool) -> Range<Int> {
    if isHeader {
      let scheme = end(from: start, while: \.isWordByte)
      let isSimple = ["bearer", "basic", "token", "apikey", "negotiate"].contains {
        equals(start..<scheme, $0)
      }
      guard isSimple, scheme < bytes.count, bytes[scheme] == UInt8(ascii: " ") else {
        return
          start..<end(from: start) { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") && !$0.isQuote }
      }
      return start..<end(from: scheme + 1) { $0.isTokenByte }
    }
    var index = start
    while index < bytes.count, !bytes[index].isSpace, !bytes[index].isQuote, !endsBareValue(at: index) {
      index += 1
    }
    return start..<index
  }

  /// `&` and `;` always separate; a comma or a closing bracket does when no more of a value can follow.
  private func endsBareValue(at index: Int) -> Bool {
    switch bytes[index] {
    case UInt8(ascii: "&"), UInt8(ascii: ";"): return true
    case UInt8(ascii: ","), UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"):
      guard index + 1 < bytes.count else { return true }
      let next = bytes[index + 1]
      if !next.isWordByte { return true }
      let name = end(from: index + 1, while: \.isWordByte)
      return name < bytes.count && (bytes[name] == UInt8(ascii: "=") || bytes[name] == UInt8(ascii: ":"))
    default: return false
    }
  }

  private func isHeader(_ name: Range<Int>) -> Bool {
    bytes[name].ends(with: "authorization") || bytes[name].ends(with: "cookie")
  }

  func isRedacted(at index: Int) -> Bool { matches("[redacted]", at: index) }

  private func isHarmless(_ value: Range<Int>) -> Bool {
    let word = value.lowerBound..<end(from: value.lowerBound) { $0.isWordByte || $0 == UInt8(ascii: "*") }
    guard word.upperBound >= value.upperBound else {
      return bytes[value.lowerBound] == UInt8(ascii: "/") && isDirectory(value)
    }
    return SecretNames.harmlessValues.contains { equals(word, $0) }
  }

  /// `PWD=/home/me`
  private func isDirectory(_ value: Range<Int>) -> Bool {
    value.lowerBound >= 4 && equals(value.lowerBound - 4..<value.lowerBound - 1, "pwd")
      && (value.lowerBound == 4 || !bytes[value.lowerBound - 5].isWordByte)
  }

  /// A token rather than a word of a sentence: long, or with digits, inner capitals or padding.
  func looksSecret(_ value: Range<Int>) -> Bool {
    if value.count >= 20 { return true }
    return value.count >= 8
      && bytes[value.dropFirst()].contains {
        $0.isASCIIDigit || $0.isUppercaseLetter || $0 == UInt8(ascii: "=")
      }
  }
}
