/// Secrets named by sentences and statements: "password is …", "API key … is invalid", `IDENTIFIED BY '…'`.
extension SecretScan {
  /// Redacts the value after "is" or "was": "password is hunter2".
  mutating func skipCopula(_ word: Range<Int>) -> Int? {
    guard let name = previousWord(before: word), let row = subject(name, before: word.lowerBound), row.isProse
    else {
      return nil
    }
    return skipSpokenValue(after: word, row)
  }

  /// Redacts the value after a verb and "to": "password was set to hunter2".
  mutating func skipTarget(_ word: Range<Int>) -> Int? {
    guard let verb = previousWord(before: word), Self.verbs.contains(where: { equals(verb, $0) }),
      let name = previousWord(before: verb), let row = subject(name, before: verb.lowerBound), row.isProse
    else { return nil }
    return skipSpokenValue(after: word, row)
  }

  private static let verbs: [StaticString] = [
    "set", "changed", "reset", "updated", "rotated", "equal", "changing", "setting",
  ]

  private mutating func skipSpokenValue(after word: Range<Int>, _ row: SecretNames.Row) -> Int? {
    let start = end(from: word.upperBound) { $0.isGap || $0 == UInt8(ascii: ":") }
    guard start > word.upperBound, start < bytes.count, !bytes[start].isSpace, !isRedacted(at: start) else {
      return nil
    }
    let value = value(from: start, separator: word.upperBound)
    guard !value.range.isEmpty, !isHarmless(value, isProse: true) else { return nil }
    if row.kind == .secret {
      if !value.isQuoted && HarmlessWords.isAdjective(bytes[value.core]) { return nil }
    } else {
      guard look(at: value.core).isMixture(atLeast: 8) else { return nil }
    }
    redact(value.range)
    return value.range.upperBound
  }

  /// Redacts the value directly after its name: "API key abc123 is invalid", `PASSWORD 'x'`.
  mutating func skipNamedValue(_ word: Range<Int>) -> Int? {
    let start = end(from: word.upperBound, while: \.isGap)
    guard start > word.upperBound else { return skipLeaders(after: word) }
    guard let row = SecretNames.row(of: bytes[word]) else { return nil }
    if equals(word, "key"), let end = skipFernetKey(from: start) { return end }
    if equals(word, "credentials") { return skipUserAndPassword(from: start) }
    guard let named = row.isProse || isSpaced(word) || equals(word, "psk") ? row : twoWords(endingWith: word),
      !isRedacted(at: start),
      start < bytes.count
    else { return nil }
    if isSpaced(word) { return skipSetting(from: start, separator: word.upperBound) }
    // Many long names occur in prose. Only names that end with "d" (such as `password`) and `psk` take a quoted
    // value.
    let isPassword =
      named.kind == .secret && bytes[word].last?.lowercasedLetter == UInt8(ascii: "d") || equals(word, "psk")
    let value = value(from: start, separator: word.upperBound)
    guard !isHarmless(value, isProse: true), !isUnexpected(word) else { return nil }
    let look = look(at: value.core)
    let isSecret =
      isPassword
      ? value.isQuoted && !value.range.isEmpty || look.isMixture(atLeast: 6) || isLongWord(value.core)
      : look.isMixture(atLeast: 8) || look.isSecret(atLeast: 16)
    guard isSecret else { return nil }
    redact(value.range)
    return value.range.upperBound
  }

  /// Redacts a Fernet key, 32 bytes in base64 between quotes: `Invalid key b'…'`.
  private mutating func skipFernetKey(from start: Int) -> Int? {
    let quote = byte(at: start) == UInt8(ascii: "b") ? start + 1 : start
    guard byte(at: quote).isQuote else { return nil }
    let key = quote + 1..<end(from: quote + 1, limit: 44) { $0.isBase64 || $0.isWordByte }
    guard key.count == 44, bytes[key.upperBound - 1] == UInt8(ascii: "="),
      byte(at: key.upperBound) == bytes[quote],
      look(at: key).isMixture(atLeast: 44)
    else { return nil }
    redact(key)
    return key.upperBound
  }

  private func isSpaced(_ word: Range<Int>) -> Bool {
    SecretNames.spaced.contains { bytes[word].ends(with: $0) }
  }

  /// Redacts the value of a setting: `requirepass x`. "requirepass directive" is prose.
  private mutating func skipSetting(from start: Int, separator: Int) -> Int? {
    let value = value(from: start, separator: separator)
    guard !value.range.isEmpty, !isHarmless(value, isProse: true),
      isLongWord(value.core) || value.isQuoted || !HarmlessWords.isDerived(bytes[value.core])
    else { return nil }
    redact(value.range)
    return value.range.upperBound
  }

  /// Redacts the password of a user: "credentials ann:x were rejected", "credentials: ann / x".
  mutating func skipUserAndPassword(from start: Int) -> Int? {
    let user = start..<end(from: start, limit: 64) { $0.isWordByte || ".@\\".utf8.contains($0) }
    var password = user.upperBound + 1
    if byte(at: user.upperBound).isGap, byte(at: password) == UInt8(ascii: "/") {
      password = end(from: password + 1, limit: 4, while: \.isGap)
    } else if byte(at: user.upperBound) != UInt8(ascii: ":") {
      return nil
    }
    guard !user.isEmpty, password < bytes.count else { return nil }
    if isRedacted(at: password) { return password + Redactor.mark.utf8.count }
    let value = value(from: password, separator: password - 1)
    guard look(at: value.core).isMixture(atLeast: 6) || isLongWord(value.core) else { return nil }
    redact(value.range)
    return value.range.upperBound
  }

  private func twoWords(endingWith word: Range<Int>) -> SecretNames.Row? {
    previousWord(before: word).flatMap { twoWords(from: $0.lowerBound, endingWith: word) }
  }

  /// Redacts the password of `IDENTIFIED BY 'x'`, `IDENTIFIED WITH plugin BY 'x'` and `IDENTIFIED BY PASSWORD 'x'`.
  mutating func skipIdentified(by word: Range<Int>) -> Int? {
    var name = previousWord(before: word)
    if let plugin = name, !equals(plugin, "identified"), let with = previousWord(before: plugin),
      equals(with, "with")
    {
      name = previousWord(before: with)
    }
    guard let name, equals(name, "identified") else { return nil }
    var start = end(from: word.upperBound, while: \.isGap)
    if matches("PASSWORD", at: start), byte(at: start + 8).isGap {
      start = end(from: start + 8, while: \.isGap)
    }
    guard start > word.upperBound, start < bytes.count, !isRedacted(at: start) else { return nil }
    let value = value(from: start, separator: word.upperBound)
    guard !value.range.isEmpty, value.isQuoted || !isHarmless(value, isProse: true) else { return nil }
    redact(value.range)
    return value.range.upperBound
  }

  /// Redacts the secret of `AUTH PLAIN AGFubg==` in SMTP, IMAP and POP3, and of `AUTH user pw` in Redis.
  mutating func skipAuth(_ word: Range<Int>) -> Int? {
    guard bytes[word].allSatisfy(\.isUppercaseLetter) else { return nil }
    if byte(at: word.upperBound).isLineBreak { return skipBulkStrings(after: word) }
    var index = word.upperBound
    var secretStart: Int?
    var isBase64 = false
    // A mechanism or a user precedes the secret. `LOGIN` sends user and password in two responses.
    for place in 0..<5 where place < 2 || isBase64 {
      let start = end(from: index) { $0.isGap || isBase64 && ($0.isLineBreak || $0 == UInt8(ascii: "/")) }
      guard start > index, start < bytes.count, !bytes[start].isSpace, !isRedacted(at: start) else {
        return nil
      }
      let word = start..<end(from: start) { !$0.isSpace && !$0.isQuote && !"+&<".utf8.contains($0) }
      let token = isBase64 ? start..<end(from: start, limit: word.count, while: \.isBase64) : core(of: word)
      let look = look(at: token)
      let isMechanism = look.isCapitals
      if isMechanism && place == 0 { isBase64 = equals(token, "login") || equals(token, "plain") }
      if place > 1 && !token.count.isMultiple(of: 4) { return nil }
      if !isMechanism { secretStart = secretStart ?? start }
      if let secretStart, !isMechanism, !isHarmless(word: token, in: HarmlessWords.prose),
        look.isMixture(atLeast: 6) || look.isSecret(atLeast: 8) || isLongWord(token)
      {
        redact(secretStart..<word.upperBound)
        return word.upperBound
      }
      index = word.upperBound
    }
    return nil
  }

  /// Redacts the password of `login ann password x` in `.netrc`, and of `USER ann` and `PASS x` in FTP.
  mutating func skipLogin(_ word: Range<Int>) -> Int? {
    let isGap = { (byte: UInt8) in byte.isSpace || byte.isGap }
    let user = end(from: word.upperBound, while: isGap)
    let userEnd = end(from: user, limit: 128) { !isGap($0) }
    let name = end(from: userEnd, while: isGap)
    let nameEnd = end(from: name, limit: 16, while: \.isWordByte)
    let start = end(from: nameEnd, while: isGap)
    guard user > word.upperBound, name > userEnd, start > nameEnd, start < bytes.count,
      !isRedacted(at: start),
      equals(name..<nameEnd, "password") || equals(name..<nameEnd, "pass") || equals(name..<nameEnd, "passwd")
    else { return nil }
    let value = value(from: start, separator: word.upperBound)
    let isPlain = equals(word, "login") || bytes[word].allSatisfy(\.isUppercaseLetter)
    guard !value.range.isEmpty, !isHarmless(value, isProse: true),
      isPlain || look(at: value.core).isMixture(atLeast: 6)
    else { return nil }
    redact(value.range)
    return value.range.upperBound
  }

  /// Redacts a value shown after its field: "on field 'password': rejected value [hunter2]".
  mutating func skipShownValue(_ word: Range<Int>) -> Int? {
    guard word.lowerBound < labelledEnd, byte(at: word.upperBound).isGap else { return nil }
    let start = word.upperBound + 1
    guard byte(at: start).isOpener || byte(at: start).isQuote, !isRedacted(at: start) else { return nil }
    let value = value(from: start, separator: word.upperBound)
    guard !value.range.isEmpty, !isHarmless(value, isProse: false) else { return nil }
    redact(value.range)
    return value.range.upperBound
  }
}
