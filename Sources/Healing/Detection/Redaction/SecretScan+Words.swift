/// Secrets recognized by their form, and secrets after a word that announces them: keys of a known form, `Bearer
/// …`, `--password …`, `password is …`.
extension SecretScan {
  /// Redacts the secret at a word, whose possible roles ``WordFilter`` determined. Returns the index at which the
  /// scan continues.
  mutating func skipWord(_ word: Range<Int>, _ roles: WordFilter.Roles) -> Int {
    // The rest of a word after a redacted secret is not a word.
    guard word.lowerBound == 0 || !bytes[word.lowerBound - 1].isWordByte else { return word.upperBound }
    if roles.contains(.form), let end = skipForm(from: word.lowerBound) { return end }
    if roles.contains(.flag), let end = skipFlag(word) { return end }
    if roles.contains(.longWord), let end = skipLongWord(word) { return end }
    if roles.contains(.keyword), let keyword = ScanKeyword.find(bytes[word]), let end = skip(keyword, word) {
      return end
    }
    if roles.contains(.name), let end = skipNamedValue(word) { return end }
    return word.upperBound
  }

  private mutating func skipLongWord(_ word: Range<Int>) -> Int? {
    switch byte(at: word.upperBound) {
    case UInt8(ascii: ":"): return skipTelegramToken(word)
    case UInt8(ascii: "."): return skipDiscordToken(word)
    case UInt8(ascii: "="), UInt8(ascii: "/"): return skipEncodedPair(word)
    default:
      if bytes[word].suffix(10).starts(with: "-----BEGIN") { return skipPEM(from: word.upperBound - 10) }
      return bytes[word].suffix(8).starts(with: "-----END")
        ? skipTailOfPEM(endingAt: word.upperBound - 8) : skipEncodedPair(word)
    }
  }

  private mutating func skip(_ keyword: ScanKeyword, _ word: Range<Int>) -> Int? {
    switch keyword {
    case .scheme: return skipScheme(word)
    case .digest: return skipDigest(word)
    case .copula: return skipCopula(word)
    case .target: return skipTarget(word)
    case .by: return skipIdentified(by: word)
    case .auth: return skipAuth(word)
    case .value: return skipShownValue(word)
    case .subject: return skipSubject(word)
    case .rows: return skipRows(word)
    case .net: return skipNet(word)
    case .passwordFile: return skipPasswordFile(word)
    case .secureString: return skipSecureString(word)
    case .rules: rulesEnd = word.upperBound + 256
    case .login:
      command = 0
      return skipTaggedLogin(word) ?? skipLogin(word)
    case .command(let row): command = row
    case .oracle: oracleEnd = word.upperBound + 256
    }
    return nil
  }

  /// Redacts a key with a known prefix, or the path after the address of a webhook.
  private mutating func skipForm(from start: Int) -> Int? {
    for form in SecretForm.forms(beginningWith: bytes[start], byte(at: start + 1))
    where matches(form.prefix, at: start) {
      let body = start + form.prefix.utf8CodeUnitCount
      let alphabetEnd = end(from: body, while: form.alphabet.contains)
      guard alphabetEnd - body >= form.minimum, !isRedacted(at: body), form.fits(look(at: body..<alphabetEnd))
      else { continue }
      let bodyEnd = end(from: alphabetEnd) {
        form.isAddress ? SecretForm.Alphabet.url.contains($0) : $0.isTokenByte
      }
      redact(form.isAddress ? body..<bodyEnd : start..<bodyEnd)
      return bodyEnd
    }
    return nil
  }

  /// Redacts a Telegram token: `123456789:AAE…`, as in `api.telegram.org/bot123456789:AAE…/sendMessage`.
  private mutating func skipTelegramToken(_ word: Range<Int>) -> Int? {
    let id = (matches("bot", at: word.lowerBound) ? word.lowerBound + 3 : word.lowerBound)..<word.upperBound
    guard id.count >= 8, bytes[id].allSatisfy(\.isASCIIDigit) else { return nil }
    let token = word.upperBound + 1..<end(from: word.upperBound + 1, while: \.isWordByte)
    guard token.count >= 30 else { return nil }
    redact(token)
    return token.upperBound
  }

  /// Redacts a Discord token of three parts: `MTk4….Cl2FMQ.ZnCj…`.
  private mutating func skipDiscordToken(_ word: Range<Int>) -> Int? {
    guard 23...30 ~= word.count else { return nil }
    let middle = end(from: word.upperBound + 1, limit: 8, while: \.isWordByte)
    guard middle - word.upperBound == 7, byte(at: middle) == UInt8(ascii: ".") else { return nil }
    let tail = end(from: middle + 1, while: \.isWordByte)
    guard tail - middle > 27, look(at: word).isMixture(atLeast: 23) else { return nil }
    redact(word.lowerBound..<tail)
    return tail
  }

  /// Redacts `user:password` in base64: `YW5uOmh1bnRlcjI=`. In form data, `+` means a space.
  private mutating func skipEncodedPair(_ word: Range<Int>) -> Int? {
    let whole = end(from: word.lowerBound, limit: 512, while: \.isBase64)
    let first = end(from: word.lowerBound, limit: 512) { $0.isBase64 && $0 != UInt8(ascii: "+") }
    for end in [whole, first] {
      let range = word.lowerBound..<end
      guard range.count >= 16, range.count.isMultiple(of: 4), Base64Pair.isPair(bytes[range]),
        look(at: range).isMixture(atLeast: 16)
      else { continue }
      redact(range)
      return end
    }
    return nil
  }

  /// Redacts the token after a scheme: `Bearer xyz`, `Basic dXNlcjpwYXNz`. "Basic authentication failed" is prose.
  private mutating func skipScheme(_ word: Range<Int>) -> Int? {
    let start = end(from: word.upperBound, while: \.isGap)
    guard start > word.upperBound else { return nil }
    let isQuoted = byte(at: start).isQuote
    let token =
      isQuoted ? quoted(from: start) : start..<end(from: start, limit: TokenLook.length, while: \.isTokenByte)
    let look = look(at: token)
    guard look.isSecret(atLeast: 8) || look.isMixture(atLeast: 6),
      !isHarmless(word: token, in: HarmlessWords.prose), isQuoted || !isPair(token),
      !isUnexpected(word)
    else { return nil }
    // The secret includes the following bytes of a bare value that are not token bytes.
    let end = isQuoted ? token.upperBound : bareEnd(from: token.upperBound, separator: word.lowerBound)
    redact(token.lowerBound..<end)
    return end
  }

  /// Returns whether a token is a pair, as in `token_type=Bearer expires_in=3600`. A token has its padding (`=`) at
  /// the end.
  private func isPair(_ token: Range<Int>) -> Bool {
    let name = end(from: token.lowerBound, limit: token.count) {
      $0.isLowercaseLetter || $0 == UInt8(ascii: "_")
    }
    return name > token.lowerBound && name + 1 < token.upperBound && bytes[name] == UInt8(ascii: "=")
      && bytes[name + 1] != UInt8(ascii: "=")
  }

  /// Returns whether "unexpected" or "illegal" precedes a word: "Unexpected token abc12345" is a parser's message.
  func isUnexpected(_ word: Range<Int>) -> Bool {
    guard let previous = previousWord(before: word) else { return false }
    return equals(previous, "unexpected") || equals(previous, "illegal")
  }

  /// Redacts all pairs of `Digest username="…", response="…"`.
  private mutating func skipDigest(_ word: Range<Int>) -> Int? {
    let start = end(from: word.upperBound, while: \.isGap)
    var index = start
    var last = start
    while index > word.upperBound {
      let name = end(from: index, limit: 64, while: \.isWordByte)
      guard name > index, byte(at: name) == UInt8(ascii: "=") else { break }
      last =
        byte(at: name + 1).isQuote
        ? min(quoted(from: name + 1).upperBound + 1, bytes.count)
        : end(from: name + 1) { !$0.isSpace && $0 != UInt8(ascii: ",") && !$0.isQuote }
      index = end(from: last) { $0.isGap || $0 == UInt8(ascii: ",") }
      if index == last { break }
    }
    guard last > start else { return nil }
    redact(start..<last)
    return last
  }
}
