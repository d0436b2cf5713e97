/// Secrets identified by a name: `password=…`, `"api_key": "…"`, `Authorization: Bearer …`.
extension SecretScan {
  /// Redacts the value of a pair, at `=` or `:`. Returns the index at which the scan continues.
  mutating func skipPair(at separator: Int) -> Int {
    if bytes[separator] == UInt8(ascii: ":") {
      if byte(at: separator + 1) == UInt8(ascii: ":") { return separator + 2 }
      if let password = passwordFileEntry(at: separator) {
        redact(password)
        return password.upperBound
      }
    }
    let name = name(before: separator)
    if name.lowerBound > copied, bytes[name.lowerBound - 1] >= 0x80,
      let end = skipForeignPair(name, at: separator)
    {
      return end
    }
    guard !name.isEmpty else { return separator + 1 }
    if equals(name, "input_value") { noteField(before: name) }
    if separator < labelledEnd, isLabelled(name) { return skipLabelledValue(after: separator) }
    guard let row = subject(name, before: separator) else {
      return noteLabel(name, at: separator) ?? separator + 1
    }
    let kind = kind(of: row, name)
    if kind == .weak, let end = noteLabel(name, at: separator) { return end }
    guard kind != .none, let start = valueStart(after: separator, kind: kind),
      !isDirectory(start, under: name),
      !isResource(name)
    else { return separator + 1 }
    let isProse = bytes[separator] == UInt8(ascii: ":") && (start > separator + 1 || isSentence(from: start))
    if kind == .short && equals(name, "pass") && !isPass(name, at: separator, valueAt: start) {
      return separator + 1
    }
    if kind == .header && !isCookie(from: start, under: name) { return separator + 1 }
    if kind == .secret && isStatement(name, at: separator, valueAt: start, isProse: isProse) {
      return separator + 1
    }
    if kind == .digits && isProse && !bytes[separator - 1].isQuote { return separator + 1 }
    guard kind == .secret else {
      return skipValue(from: start, separator: separator, kind: kind, isProse: isProse)
    }
    return skipSecret(from: start, separator: separator, name: name, isProse: isProse)
  }

  /// Redacts the value of a secret's name, including values of several parts.
  private mutating func skipSecret(from start: Int, separator: Int, name: Range<Int>, isProse: Bool) -> Int {
    if let end = skipBlock(from: start, separator: separator) { return end }
    if equals(name, "credentials"), let end = skipUserAndPassword(from: start) { return end }
    let end = skipValue(from: start, separator: separator, kind: .secret, isProse: isProse, name: name)
    if isDump(name, valueAt: start) { labelledEnd = max(labelledEnd, end + Self.labelReach) }
    // An empty or harmless old value may change to a secret.
    let old =
      end > separator + 1
      ? end
      : bytes[start].isQuote ? quoted(from: start).upperBound : self.end(from: start, limit: 32) { !$0.isGap }
    return skipChange(after: old, separator: separator) ?? end
  }

  /// Redacts a value if its name and its form mark it as a secret. Returns the index at which the scan continues.
  mutating func skipValue(
    from start: Int, separator: Int, kind: SecretNames.Kind, isProse: Bool, name: Range<Int> = 0..<0
  ) -> Int {
    if kind == .header && isRedacted(at: start) { return start + Redactor.mark.utf8.count }
    let isJudged = kind != .secret && kind != .header && kind != .short
    var value = value(
      from: start, separator: separator, isHeader: kind == .header, limit: isJudged ? TokenLook.length : .max)
    if isJudged && value.isQuoted {
      // A value judged by its form contains no quotes, at any escape depth.
      let quote = bytes[value.range.lowerBound - 1]
      let range =
        value.range.lowerBound..<end(from: value.range.lowerBound, limit: value.range.count) { $0 != quote }
      value = SecretValue(range: range, core: range, isQuoted: true)
    }
    if value.range.count == Redactor.mark.utf8.count && isRedacted(at: value.range.lowerBound) {
      return value.range.upperBound
    }
    guard !value.range.isEmpty, isSecret(value, kind, isProse: isProse) else { return separator + 1 }
    var end = value.range.upperBound
    if !value.isQuoted {
      end =
        isJudged
        ? bareEnd(from: end, separator: separator)
        : extendedEnd(of: value.range, name: name, separator: separator)
    }
    redact(value.range.lowerBound..<end)
    return end
  }

  private mutating func isSecret(_ value: SecretValue, _ kind: SecretNames.Kind, isProse: Bool) -> Bool {
    switch kind {
    case .none: return false
    case .query: return look(at: value.core).isMixture(atLeast: 6) && !look(at: value.core).isCapitals
    case .weak: return look(at: value.core).isKey
    case .digits: return 4...12 ~= value.core.count && bytes[value.core].allSatisfy(\.isASCIIDigit)
    case .short:
      guard !isHarmless(value, isProse: isProse), bytes[value.core].contains(where: \.isASCIILetter) else {
        return false
      }
      return value.isQuoted || !isProse || look(at: value.core).isMixture(atLeast: 6)
        || isLongWord(value.core)
    case .ambiguous:
      return look(at: value.core).isSecret(atLeast: 8) && !isHarmless(value, isProse: isProse)
    case .header, .secret:
      let value = kind == .header ? withoutScheme(value) : value
      guard isHarmless(value, isProse: isProse) || isDescription(value) else { return true }
      // "password: rejected value [hunter2]"
      labelledEnd = max(labelledEnd, value.range.upperBound + Self.labelReach)
      return false
    }
  }

  /// Returns the value without its scheme, so that the text after it is judged: `Bearer missing`.
  private func withoutScheme(_ value: SecretValue) -> SecretValue {
    let scheme =
      value.core.lowerBound..<end(from: value.core.lowerBound, limit: value.core.count, while: \.isWordByte)
    let start = end(from: scheme.upperBound, while: \.isGap)
    guard case .scheme? = ScanKeyword.find(bytes[scheme]), start > scheme.upperBound,
      start < value.core.upperBound
    else { return value }
    return SecretValue(range: value.range, core: start..<value.core.upperBound, isQuoted: value.isQuoted)
  }

  private func kind(of row: SecretNames.Row, _ name: Range<Int>) -> SecretNames.Kind {
    guard row.kind == .query || row.kind == .weak || row.kind == .ambiguous else { return row.kind }
    let previous = name.lowerBound > copied ? bytes[name.lowerBound - 1] : UInt8(ascii: " ")
    let isInQuery = previous == UInt8(ascii: "?") || previous == UInt8(ascii: "&")
    if row.kind == .ambiguous { return isInQuery && equals(name, "token") ? .short : .ambiguous }
    return row.kind == .query ? isInQuery ? .query : .none : isInQuery ? .ambiguous : .weak
  }

  /// Returns the start of the value; `nil` for no value on this line or, folded, on the next.
  func valueStart(after separator: Int, kind: SecretNames.Kind) -> Int? {
    let isEncoded = level(at: separator).depth > 0
    var start = separator + 1
    if bytes[separator] == UInt8(ascii: "=") || byte(at: start) == UInt8(ascii: "=") {
      start = end(from: start) { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ">") }
    }
    let isArrow = bytes[start - 1] == UInt8(ascii: ">")
    let isSkipped = { (byte: UInt8) in
      byte.isBlank || byte == UInt8(ascii: "\\") || isEncoded && byte == UInt8(ascii: "+")
    }
    start = end(from: start, while: isSkipped)
    if start < bytes.count, bytes[start].isLineBreak, isArrow || kind == .secret || kind == .header {
      // A value may be folded to the next, indented line.
      let nextLine = end(from: start, while: \.isLineBreak)
      let indented = end(from: nextLine, while: isSkipped)
      guard !isName(from: indented),
        isArrow || indented > nextLine
          || kind == .secret && isLoneSecret(from: nextLine, separator: separator, lineBreak: start)
      else { return nil }
      start = indented
    }
    return start < bytes.count && !bytes[start].isLineBreak ? start : nil
  }

  /// Returns the password of a `.pgpass` line, at the colon before the port: `localhost:5432:db:user:password`.
  private func passwordFileEntry(at separator: Int) -> Range<Int>? {
    let port =
      separator + 1..<end(from: separator + 1, limit: 6) { $0.isASCIIDigit || $0 == UInt8(ascii: "*") }
    guard port.count > 3 || byte(at: port.lowerBound) == UInt8(ascii: "*"), separator > copied,
      bytes[separator - 1].isWordByte || bytes[separator - 1] == UInt8(ascii: "*")
    else { return nil }
    var index = port.upperBound
    for _ in 0..<2 {
      guard byte(at: index) == UInt8(ascii: ":"),
        byte(at: index + 1).isASCIILetter || byte(at: index + 1) == UInt8(ascii: "*")
      else { return nil }
      index = end(from: index + 1, limit: 64) {
        $0.isWordByte || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "*")
      }
    }
    guard byte(at: index) == UInt8(ascii: ":"), !isRedacted(at: index + 1) else { return nil }
    let password = index + 1..<end(from: index + 1) { !$0.isSpace && !$0.isQuote }
    return password.isEmpty ? nil : password
  }
}
