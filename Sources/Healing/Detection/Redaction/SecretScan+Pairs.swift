/// Secrets that a name gives away: `password=…`, `"api_key": "…"`, `Authorization: Bearer …`.
extension SecretScan {
  /// At `=` or `:`.
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

  /// Redacts what stands under the name of a secret, in however many parts it is written.
  private mutating func skipSecret(from start: Int, separator: Int, name: Range<Int>, isProse: Bool) -> Int {
    if let end = skipBlock(from: start, separator: separator) { return end }
    if equals(name, "credentials"), let end = skipUserAndPassword(from: start) { return end }
    let end = skipValue(from: start, separator: separator, kind: .secret, isProse: isProse, name: name)
    if isDump(name, valueAt: start) { labelledEnd = max(labelledEnd, end + Self.labelReach) }
    // What is empty or harmless may change, too.
    let old =
      end > separator + 1
      ? end
      : bytes[start].isQuote ? quoted(from: start).upperBound : self.end(from: start, limit: 32) { !$0.isGap }
    return skipChange(after: old, separator: separator) ?? end
  }

  /// Whether the parts of a value are listed below it, as `dump(_:)` of Swift does:
  /// `▿ password: Optional("x")`, `- some: "x"`.
  private func isDump(_ name: Range<Int>, valueAt start: Int) -> Bool {
    matches("Optional", at: start) || name.lowerBound >= 4 && matches("▿", at: name.lowerBound - 4)
  }

  /// A cookie has a name: "unsupported cookie: SameSite". Other headers may hold anything.
  private func isCookie(from start: Int, under name: Range<Int>) -> Bool {
    guard bytes[name].ends(with: "cookie") || bytes[name].ends(with: "cookies") else { return true }
    let first = end(from: start, limit: 8) { $0.isOpener || $0.isQuote }
    let word = first..<end(from: first, limit: 128) { !$0.isSpace && $0 != UInt8(ascii: "=") && !$0.isGap }
    return byte(at: word.upperBound) == UInt8(ascii: "=") || look(at: word).isSecret(atLeast: 16)
  }

  /// Whether a sentence or a name follows: "AUTH_TOKEN: unbound variable", "assert password == expected".
  private func isStatement(_ name: Range<Int>, at separator: Int, valueAt start: Int, isProse: Bool) -> Bool {
    if byte(at: separator + 1) == UInt8(ascii: "="), bytes[start - 1].isBlank {
      let word =
        start..<end(from: start, limit: 64) {
          $0.isASCIILetter || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
      return !word.isEmpty && byte(at: word.upperBound).isSpace && !isLongWord(word)
    }
    guard isProse, isMachineMade(name), isSentence(from: start) else { return false }
    return !isLongWord(start..<end(from: start, while: \.isLowercaseLetter))
  }

  /// Whether a name is one of what no human remembers, so that a short word of letters is none.
  func isMachineMade(_ name: Range<Int>) -> Bool { Self.machineMade.contains { bytes[name].ends(with: $0) } }

  private static let machineMade: [StaticString] = ["token", "otp", "credential", "credentials"]

  /// Whether `pass` is a password: `pass="x"`, `pass=x`, `-passin pass:x`, not `--- PASS: TestLogin` or `pass:login`.
  private func isPass(_ name: Range<Int>, at separator: Int, valueAt start: Int) -> Bool {
    guard bytes[separator] == UInt8(ascii: ":"), !bytes[start].isQuote else { return true }
    guard start == separator + 1, byte(at: name.lowerBound).isLowercaseLetter else { return false }
    if let flag = previousWord(before: name), matches("-pass", at: flag.lowerBound) { return true }
    let word = start..<end(from: start, limit: TokenLook.length) { $0.isASCIILetter || $0.isASCIIDigit }
    return bytes[start].isLowercaseLetter && look(at: word).isMixture(atLeast: 6) || isLongWord(word)
  }

  /// Redacts a value when its name and its look say that it is a secret. Returns where to go on.
  mutating func skipValue(
    from start: Int, separator: Int, kind: SecretNames.Kind, isProse: Bool, name: Range<Int> = 0..<0
  ) -> Int {
    if kind == .header && isRedacted(at: start) { return start + Redactor.mark.utf8.count }
    let isJudged = kind != .secret && kind != .header && kind != .short
    var value = value(
      from: start, separator: separator, isHeader: kind == .header, limit: isJudged ? TokenLook.length : .max)
    if isJudged && value.isQuoted {
      // What is judged by its look holds no quotes, however deep they are escaped.
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

  /// `Bearer missing`: a header says what stands behind its scheme.
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

  /// Where the value begins; `nil` when none follows on this line.
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
      // A value may be folded to the next line, which is indented then.
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

  /// Whether a word and a separator stand there.
  private func isName(from start: Int) -> Bool {
    let end = end(from: start, limit: 128) { $0.isWordByte || $0 == UInt8(ascii: ".") }
    return byte(at: end) == UInt8(ascii: ":") || byte(at: end) == UInt8(ascii: "=")
      || byte(at: start) == UInt8(ascii: "-")
  }

  /// Whether words follow each other: "password:must not be empty", not `{Password:post Port:5432}`.
  private func isSentence(from start: Int) -> Bool {
    let word = end(from: start, limit: 24, while: \.isLowercaseLetter)
    let next = end(from: word + 1, limit: 24, while: \.isLowercaseLetter)
    return word > start && byte(at: word) == UInt8(ascii: " ") && next > word + 1 && byte(at: next).isSpace
  }

  /// `arn:aws:secretsmanager:eu-west-1:123456789012:secret:name`
  private func isResource(_ name: Range<Int>) -> Bool {
    name.lowerBound > copied + 1 && bytes[name.lowerBound - 1] == UInt8(ascii: ":")
      && bytes[name.lowerBound - 2].isASCIIDigit
  }

  /// `PWD=/home/me`
  private func isDirectory(_ value: Int, under name: Range<Int>) -> Bool {
    bytes[value] == UInt8(ascii: "/")
      && (bytes[name].elementsEqual("PWD".utf8) || bytes[name].elementsEqual("OLDPWD".utf8))
  }

  /// The password of a line of `.pgpass`, at the colon before the port: `localhost:5432:db:user:password`.
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
