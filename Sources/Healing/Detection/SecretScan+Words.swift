/// Secrets that stand for themselves: keys of a known form, `Bearer …`, PEM blocks, passwords in URLs.
extension SecretScan {
  /// Shorter words are no keys.
  private static let shortestKey = 16

  mutating func skipWord(from start: Int) -> Int {
    let wordEnd = end(from: start, while: \.isWordByte)
    let tokenEnd = end(from: wordEnd, while: \.isTokenByte)
    if tokenEnd - start >= Self.shortestKey {
      let prefixes = SecretNames.keyPrefixes(beginningWith: bytes[start])
      if prefixes.contains(where: { matches($0, at: start) }) && looksLikeKey(start..<tokenEnd) {
        redact(start..<tokenEnd)
        return tokenEnd
      }
      if matches("hooks.slack.com/services/", at: start) && tokenEnd > start + 25 {
        redact(start + 25..<tokenEnd)
        return tokenEnd
      }
    }
    if let token = telegramToken(from: start, wordEnd: wordEnd) {
      redact(token)
      return token.upperBound
    }
    if let value = valueOfScheme(start..<wordEnd) ?? valueOfFlag(start..<wordEnd) {
      redact(value)
      return value.upperBound
    }
    return wordEnd
  }

  /// A key holds a digit; `secret_santa_list_of_names` does not.
  private func looksLikeKey(_ range: Range<Int>) -> Bool { bytes[range].contains(where: \.isASCIIDigit) }

  /// `Bearer xyz`, `Basic dXNlcjpwYXNz`; "Basic authentication failed" is no secret.
  private func valueOfScheme(_ word: Range<Int>) -> Range<Int>? {
    guard equals(word, "bearer") || equals(word, "basic") || equals(word, "token") else { return nil }
    let start = end(from: word.upperBound) { $0 == UInt8(ascii: " ") }
    guard start > word.upperBound else { return nil }
    let end = end(from: start, while: \.isTokenByte)
    return looksSecret(start..<end) ? start..<end : nil
  }

  /// `--password xyz`
  private func valueOfFlag(_ word: Range<Int>) -> Range<Int>? {
    guard matches("--", at: word.lowerBound), word.upperBound < bytes.count,
      bytes[word.upperBound] == UInt8(ascii: " "),
      SecretNames.kind(of: bytes[word.dropFirst(2)]) == .secret
    else { return nil }
    let start = end(from: word.upperBound) { $0 == UInt8(ascii: " ") }
    let end = end(from: start) { !$0.isSpace }
    return end > start && !isRedacted(at: start) ? start..<end : nil
  }

  /// `123456789:AAE…`, as in `api.telegram.org/bot…/sendMessage`.
  private func telegramToken(from start: Int, wordEnd: Int) -> Range<Int>? {
    let idStart = matches("bot", at: start) ? start + 3 : start
    guard wordEnd - idStart >= 8, wordEnd < bytes.count, bytes[wordEnd] == UInt8(ascii: ":"),
      bytes[idStart..<wordEnd].allSatisfy(\.isASCIIDigit)
    else { return nil }
    let end = end(from: wordEnd + 1, while: \.isWordByte)
    return end - wordEnd - 1 >= 30 ? wordEnd + 1..<end : nil
  }

  /// `scheme://user:password@host`: the password goes, the user stays.
  mutating func skipPasswordOfURL(from start: Int) -> Int {
    let urlEnd = end(from: start) { !$0.isSpace && !$0.isQuote && !Self.endsURL($0) }
    let url = bytes[start..<urlEnd]
    guard url.first != UInt8(ascii: "["), let colon = url.firstIndex(of: UInt8(ascii: ":")),
      !url[..<colon].contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "@") })
    else { return start }
    // `host:8080/@scope` has a port, no password.
    let digitsEnd = end(from: colon + 1, while: \.isASCIIDigit)
    guard digitsEnd < urlEnd, !(digitsEnd > colon + 1 && "/?#,".utf8.contains(bytes[digitsEnd])) else {
      return digitsEnd
    }
    let query = url.firstIndex(of: UInt8(ascii: "?")) ?? urlEnd
    let at = url[..<query].lastIndex(of: UInt8(ascii: "@")) ?? url.lastIndex(of: UInt8(ascii: "@"))
    guard let at, at > colon else { return start }
    if at > colon + 1 && !isRedacted(at: colon + 1) { redact(colon + 1..<at) }
    return at + 1
  }

  private static func endsURL(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "`")
      || byte == UInt8(ascii: "\\")
  }

  /// From BEGIN to the dashes after END, or to the end of a text that was cut off in the middle.
  mutating func skipPEM(from start: Int) -> Int {
    var index = start + 11
    while index < bytes.count && !matches("-----END ", at: index) { index += 1 }
    if index < bytes.count {
      index += 9
      while index < bytes.count && !matches("-----", at: index) && bytes[index] != UInt8(ascii: "\n") {
        index += 1
      }
      index = end(from: index) { $0 == UInt8(ascii: "-") }
    }
    redact(start..<index)
    return index
  }

  /// What stands before an END whose BEGIN was cut off.
  mutating func skipTailOfPEM(endingAt end: Int) -> Int {
    var start = end
    while start > copied && (bytes[start - 1].isTokenByte || "\r\n\\".utf8.contains(bytes[start - 1])) {
      start -= 1
    }
    if start < end { redact(start..<end) }
    return end + 9
  }
}
