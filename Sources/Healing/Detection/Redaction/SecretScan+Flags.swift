/// Secrets among the arguments of programs: `--password x`, `mysql -pPW`, `curl -u user:pw`.
extension SecretScan {
  mutating func skipFlag(_ word: Range<Int>) -> Int? {
    for flag in command.map({ SecretFlag.table[$0].flags }) ?? []
    where matches(flag.flag, at: word.lowerBound) {
      if let end = skip(flag, word) { return end }
    }
    let argument = argument(after: word.upperBound)
    if let argument, let row = SecretNames.row(of: bytes[word]), row.kind == .secret || row.kind == .ambiguous
    {
      return skipArgument(argument, row)
    }
    return skipUnknown(word, argument)
  }

  /// Redacts the argument of a flag that names a secret.
  private mutating func skipArgument(_ start: Int, _ row: SecretNames.Row) -> Int? {
    guard byte(at: start) != UInt8(ascii: "-"), !isRedacted(at: start) else { return nil }
    let value = argumentValue(from: start)
    guard !value.range.isEmpty, !isHarmless(value, isProse: true),
      row.kind == .secret || look(at: value.core).isSecret(atLeast: 8)
    else { return nil }
    redact(value.range)
    return value.range.upperBound
  }

  private mutating func skip(_ flag: SecretFlag, _ word: Range<Int>) -> Int? {
    let attached = word.lowerBound + flag.flag.utf8CodeUnitCount
    let isAttached = attached < bytes.count && !isGapByte(attached)
    var start = attached
    switch flag.argument {
    case .attached: guard isAttached else { return nil }
    case .next, .either, .userPassword, .userCommaPassword:
      guard !isAttached else {
        if flag.argument == .next
          || matches("--", at: word.lowerBound) && bytes[attached] != UInt8(ascii: "=")
        {
          return nil
        }
        if bytes[attached] == UInt8(ascii: "=") { start += 1 }
        break
      }
      guard let argument = argument(after: attached) else { return nil }
      start = argument
    }
    guard start < bytes.count, !bytes[start].isSpace, !isRedacted(at: start) else { return nil }
    let value = argumentValue(from: start)
    guard flag.argument == .userPassword || flag.argument == .userCommaPassword else {
      guard !isStandIn(value.range), byte(at: start) != UInt8(ascii: "-") else { return nil }
      redact(value.range)
      return value.range.upperBound
    }
    return skipUserPassword(value.range, isComma: flag.argument == .userCommaPassword)
  }

  /// Redacts the password of `user:pw`, `user%pw` or `user,pw` and keeps the user.
  private mutating func skipUserPassword(_ range: Range<Int>, isComma: Bool = false) -> Int? {
    let user = end(from: range.lowerBound, limit: range.count) {
      isComma ? $0 != UInt8(ascii: ",") : $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "%")
    }
    guard user + 1 < range.upperBound, !isRedacted(at: user + 1), !isStandIn(user + 1..<range.upperBound)
    else { return nil }
    redact(user + 1..<range.upperBound)
    return range.upperBound
  }

  /// Redacts the secrets of `-pPW` and `-u user:pw` for an unknown program.
  private mutating func skipUnknown(_ word: Range<Int>, _ argument: Int?) -> Int? {
    if matches("-p", at: word.lowerBound), look(at: word.dropFirst(2)).isMixture(atLeast: 6),
      bytes[word.dropFirst(2)].allSatisfy({ $0 != UInt8(ascii: "-") })
    {
      let end = bareEnd(from: word.upperBound, separator: word.lowerBound)
      redact(word.lowerBound + 2..<end)
      return end
    }
    guard equals(word, "-u") || equals(word, "--user"), let argument else { return nil }
    let range = argumentValue(from: argument).range
    let password =
      end(from: range.lowerBound, limit: range.count) { $0.isWordByte || $0 == UInt8(ascii: ".") } + 1
    guard password < range.upperBound, bytes[password - 1] == UInt8(ascii: ":"),
      look(at: password..<range.upperBound).isMixture(atLeast: 6)
    else { return nil }
    return skipUserPassword(range)
  }

  private func isGapByte(_ index: Int) -> Bool {
    bytes[index].isSpace || bytes[index] == UInt8(ascii: ",") || bytes[index] == UInt8(ascii: "+")
      || isEndOfItem(index)
  }

  /// Returns whether a quote ends an item of an argument list: `['mysql', '-p', 'x']`.
  private func isEndOfItem(_ index: Int) -> Bool {
    bytes[index].isQuote
      && (byte(at: index + 1) == UInt8(ascii: ",") || byte(at: index + 1).isCloser
        || byte(at: index + 1).isSpace)
  }

  /// Returns the start of the next argument: after spaces, or in the next item of a list.
  private func argument(after end: Int) -> Int? {
    guard end < bytes.count else { return nil }
    if isEndOfItem(end) {
      let next = self.end(from: end + 1, limit: 8) { $0 == UInt8(ascii: ",") || $0.isGap }
      return next > end + 1 && byte(at: next).isQuote ? next : nil
    }
    let start = self.end(from: end, while: \.isGap)
    return start > end && start < bytes.count && !bytes[start].isSpace ? start : nil
  }

  /// Returns the argument up to the next space, without quotes around it.
  private func argumentValue(from start: Int) -> SecretValue {
    let range =
      bytes[start].isQuote
      ? quoted(from: start)
      : start..<end(from: start) { !$0.isSpace && !$0.isQuote && $0 != UInt8(ascii: "`") }
    return SecretValue(range: range, core: core(of: range), isQuoted: bytes[start].isQuote)
  }
}
