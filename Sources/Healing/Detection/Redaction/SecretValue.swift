/// The value of a name.
struct SecretValue {
  /// The range to replace if the value is a secret.
  let range: Range<Int>
  /// The content without wrappers such as `Optional("…")`.
  let core: Range<Int>
  let isQuoted: Bool
}

/// The bounds of values.
extension SecretScan {
  /// Returns the value that begins at an index: quoted, a header's, or bare.
  mutating func value(from start: Int, separator: Int, isHeader: Bool = false, limit: Int = .max)
    -> SecretValue
  {
    let start =
      matches("Just", at: start) && byte(at: start + 4).isGap && byte(at: start + 5).isQuote
      ? start + 5 : start
    if bytes[start].isQuote {
      let inside = quoted(from: start)
      let next = byte(at: inside.upperBound + 1)
      // `""x""` of CSV, `"""x"""`
      guard inside.isEmpty, next.isQuote || next.isWordByte else {
        return SecretValue(range: inside, core: inside, isQuoted: true)
      }
      return value(from: inside.upperBound + 1, separator: separator, isHeader: isHeader, limit: limit)
    }
    let value =
      isHeader
      ? headerValue(from: start, separator: separator)
      : (start, bareEnd(from: start, separator: separator, limit: limit))
    return SecretValue(
      range: start..<value.1, core: core(of: value.0..<value.1), isQuoted: false)
  }

  /// Returns the range inside quotes. The closing quote is the next one escaped no deeper than the opening one, so
  /// nested JSON is read correctly. Without a closing quote the range extends to the end of the text.
  func quoted(from quote: Int) -> Range<Int> {
    let depth = level(at: quote).depth
    var index = quote + 1
    while index < bytes.count && !(bytes[index] == bytes[quote] && level(at: index).depth <= depth) {
      index += 1
    }
    return quote + 1..<index
  }

  /// Returns the end of a bare value, before the next separator of pairs. The value includes brackets with their
  /// content, and the content of `Optional("…")`, `Some("…")` or `b'…'`.
  mutating func bareEnd(from start: Int, separator: Int, limit: Int = .max) -> Int {
    let outer = level(at: separator).depth
    let isForm = bytes[separator] == UInt8(ascii: "+") || outer > 0 && level(at: separator).kind == .percent
    var index = start
    while index < bytes.count && index - start < limit {
      if isRedacted(at: index) {
        index += Redactor.mark.utf8.count
        if matches("-----END", at: index) { break }
      } else if bytes[index].isQuote && isOpening(quote: index, from: start) {
        index = min(quoted(from: index).upperBound + 1, bytes.count)
      } else if bytes[index].isOpener, let end = groupEnd(from: index) {
        index = end
        // `(string) (len=7) "hunter2"`
        let next = self.end(from: index, while: \.isGap)
        if next > index && (byte(at: next).isQuote || byte(at: next) == UInt8(ascii: "(")) {
          index = byte(at: next).isQuote ? min(quoted(from: next).upperBound + 1, bytes.count) : next
        }
      } else if endsBareValue(at: index, outer: outer) || isForm && bytes[index] == UInt8(ascii: "+") {
        break
      } else {
        index += 1
      }
    }
    return index
  }

  /// Returns whether a quote inside a bare value opens the wrapped value: `Some("`, `<<"`, `b'`, `@"`.
  private func isOpening(quote: Int, from start: Int) -> Bool {
    guard quote > start else { return false }
    let previous = bytes[quote - 1]
    return previous.isOpener || previous == UInt8(ascii: "<") || previous == UInt8(ascii: "@")
      || quote - start <= 2 && bytes[start..<quote].allSatisfy(\.isASCIILetter)
  }

  /// Returns the end of a bracketed group; `nil` for an unclosed bracket.
  private mutating func groupEnd(from opener: Int) -> Int? {
    let all = closers ?? Closers(bytes)
    closers = all
    guard let closer = all[opener] else { return nil }
    // Brackets inside a quoted text right after the opening bracket do not close the group.
    let first = end(from: opener + 1, while: \.isSpace)
    let quotedEnd = byte(at: first).isQuote ? quoted(from: first).upperBound : 0
    return min(max(closer, quotedEnd) + 1, bytes.count)
  }

  /// Returns whether a bare value ends at an index. White space ends a value. Quotes, commas, `;`, `&`, closing
  /// brackets and escaped line breaks end it if nothing that follows can belong to the value. Bytes percent-encoded
  /// deeper than the separator belong to the value.
  private func endsBareValue(at index: Int, outer: UInt8) -> Bool {
    let byte = bytes[index]
    guard !byte.isWordByte, byte < 0x80 else { return false }
    let level = level(at: index)
    let isDeeper = level.depth > outer
    if isDeeper && level.kind == .percent { return false }
    if byte.isSpace { return !isDeeper || isBoundary(index + 1) || isName(index + 1, or: UInt8(ascii: ":")) }
    let next = self.byte(at: index + 1)
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return !next.isWordByte
    case UInt8(ascii: "<"): return next == UInt8(ascii: "/")
    case UInt8(ascii: "&"), UInt8(ascii: ";"):
      return isBoundary(index + 1) || isName(index + 1, or: UInt8(ascii: "="))
    case UInt8(ascii: ","), UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"):
      return isBoundary(index + 1) || isName(index + 1, or: UInt8(ascii: ":"))
    default: return false
    }
  }

  /// Returns whether the following byte cannot continue a value.
  private func isBoundary(_ index: Int) -> Bool {
    guard index < bytes.count else { return true }
    let byte = bytes[index]
    return byte.isSpace || byte.isQuote || byte.isCloser || ",;:.&|<>`".utf8.contains(byte)
  }

  private func isName(_ start: Int, or separator: UInt8) -> Bool {
    let end = end(from: start, limit: 64) { $0.isWordByte || $0 == UInt8(ascii: ".") || $0.isQuote }
    return end > start && (byte(at: end) == UInt8(ascii: "=") || byte(at: end) == separator)
  }

  /// Returns the start of the token and the end of a header's value: a bracketed group, the token after a known
  /// scheme, otherwise the whole line.
  private mutating func headerValue(from start: Int, separator: Int) -> (Int, Int) {
    if bytes[start].isOpener, let end = groupEnd(from: start) { return (start, end) }
    let scheme = start..<end(from: start, while: \.isWordByte)
    if case .scheme? = ScanKeyword.find(bytes[scheme]), byte(at: scheme.upperBound).isGap {
      let token = end(from: scheme.upperBound, while: \.isGap)
      return (token, max(token, bareEnd(from: token, separator: separator)))
    }
    var index = start
    while index < bytes.count, !bytes[index].isLineBreak, !matches("</", at: index) {
      guard bytes[index].isQuote else { index += 1; continue }
      guard bytes[index - 1] == UInt8(ascii: "=") else { break }
      index = min(quoted(from: index).upperBound + 1, bytes.count)
    }
    return (start, index)
  }

  /// Returns the content of a bare value: without type names, brackets and quotes around it and punctuation after
  /// it.
  func core(of value: Range<Int>) -> Range<Int> {
    var lower = value.lowerBound
    var upper = value.upperBound
    for _ in 0..<4 {
      let name = end(from: lower, limit: 40) { $0.isWordByte || $0 == UInt8(ascii: ".") }
      let isWrapper = byte(at: name).isOpener || byte(at: name).isQuote && name - lower <= 2
      guard isWrapper, name < upper else { break }
      lower = name + 1
    }
    while upper > lower,
      bytes[upper - 1].isCloser || bytes[upper - 1].isQuote || bytes[upper - 1] >= 0x80
        || ".,;:!?`".utf8.contains(bytes[upper - 1])
    {
      upper -= 1
    }
    return lower..<upper
  }
}
