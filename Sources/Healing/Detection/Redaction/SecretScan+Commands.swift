/// Secrets identified by their position among the arguments of commands and protocols.
extension SecretScan {
  /// Redacts the password of `net use \\h\s x /user:ann`, `net use \\h\s /user:ann x` and `net user ann x /add`.
  mutating func skipNet(_ word: Range<Int>) -> Int? {
    guard let verb = argument(behind: word) else { return nil }
    let isUser = equals(verb, "user")
    guard isUser || equals(verb, "use") else { return nil }
    var last = verb
    var isNamed = false
    for _ in 0..<6 {
      guard let next = argument(behind: last) else { return nil }
      last = next
      switch bytes[next.lowerBound] {
      case UInt8(ascii: "/"), UInt8(ascii: "*"): continue
      case UInt8(ascii: "\\"): isNamed = true
      default:
        if isNamed { return redactArgument(next) }
        isNamed = isUser
      }
    }
    return nil
  }

  /// Redacts the password of `htpasswd -b file ann x` and `htpasswd -nb ann x`.
  mutating func skipPasswordFile(_ word: Range<Int>) -> Int? {
    var last = word
    var flags = (isBatch: false, isPrinted: false)
    while let next = argument(behind: last), bytes[next.lowerBound] == UInt8(ascii: "-") {
      flags.isBatch = flags.isBatch || bytes[next].contains(UInt8(ascii: "b"))
      flags.isPrinted = flags.isPrinted || bytes[next].contains(UInt8(ascii: "n"))
      last = next
    }
    guard flags.isBatch else { return nil }
    if !flags.isPrinted {
      guard let file = argument(behind: last), !isHarmless(word: file, in: HarmlessWords.sentences) else {
        return nil
      }
      last = file
    }
    guard let user = argument(behind: last) else { return nil }
    last = user
    return argument(behind: last).flatMap { redactArgument($0) }
  }

  /// Redacts the secret of `ConvertTo-SecureString 'x' -AsPlainText`.
  mutating func skipSecureString(_ word: Range<Int>) -> Int? {
    guard var value = argument(behind: word) else { return nil }
    if equals(value, "-string") {
      guard let next = argument(behind: value) else { return nil }
      value = next
    }
    return "-$(".utf8.contains(bytes[value.lowerBound]) ? nil : redactArgument(value)
  }

  /// Redacts the password of `ACL SETUSER ann on >x`, at the `>`.
  mutating func skipRule(at mark: Int) -> Int? {
    guard mark > copied, bytes[mark - 1].isGap || bytes[mark - 1].isQuote else { return nil }
    let value = mark + 1..<end(from: mark + 1) { !$0.isSpace && !$0.isQuote && $0 != UInt8(ascii: "+") }
    guard !value.isEmpty, !isRedacted(at: value.lowerBound) else { return nil }
    redact(value)
    return value.upperBound
  }

  /// Redacts the password of IMAP's `a001 LOGIN ann x`. A tag precedes the command.
  mutating func skipTaggedLogin(_ word: Range<Int>) -> Int? {
    guard bytes[word].allSatisfy(\.isUppercaseLetter), let tag = previousWord(before: word),
      2...8 ~= tag.count, bytes[tag.upperBound - 1].isASCIIDigit, bytes[tag].allSatisfy({ $0.isWordByte }),
      let user = argument(behind: word), let password = argument(behind: user)
    else { return nil }
    return redactArgument(password)
  }

  /// Redacts the bulk strings after `AUTH` in the Redis protocol: `AUTH\r\n$6\r\nsecret\r\n`.
  mutating func skipBulkStrings(after word: Range<Int>) -> Int? {
    var index = word.upperBound
    var secret: Range<Int>?
    for _ in 0..<2 {
      let length = end(from: index, limit: 4, while: \.isLineBreak)
      guard length > index, byte(at: length) == UInt8(ascii: "$") else { break }
      let digits = end(from: length + 1, limit: 8, while: \.isASCIIDigit)
      let text = end(from: digits, limit: 4, while: \.isLineBreak)
      guard text > digits, text < bytes.count, !isRedacted(at: text) else { break }
      index = end(from: text) { !$0.isLineBreak && !$0.isQuote }
      secret = (secret?.lowerBound ?? text)..<index
    }
    guard let secret, !secret.isEmpty else { return nil }
    redact(secret)
    return secret.upperBound
  }

  /// Returns the next argument on the line, without quotes around it.
  private func argument(behind word: Range<Int>) -> Range<Int>? {
    let gap = byte(at: word.upperBound).isQuote ? word.upperBound + 1 : word.upperBound
    let start = end(from: gap, limit: 16, while: \.isGap)
    guard start > gap, start < bytes.count, !bytes[start].isSpace else { return nil }
    let argument =
      bytes[start].isQuote
      ? quoted(from: start)
      : start..<end(from: start) { !$0.isSpace && !$0.isQuote && !$0.isGap && $0 != UInt8(ascii: "`") }
    return argument.isEmpty ? nil : argument
  }

  private mutating func redactArgument(_ argument: Range<Int>) -> Int? {
    let value = SecretValue(
      range: argument, core: core(of: argument), isQuoted: bytes[argument.lowerBound - 1].isQuote)
    guard !isRedacted(at: argument.lowerBound), !isHarmless(value, isProse: true) else { return nil }
    redact(argument)
    return argument.upperBound
  }
}
