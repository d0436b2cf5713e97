/// Passwords in addresses: `scheme://user:pw@host`, `user:pw@tcp(host)/db`, `user/pw@database`.
extension SecretScan {
  /// Redacts the password of `scheme://user:password@host` and keeps the user.
  mutating func skipURL(from start: Int, separator: Int) -> Int {
    let outer = level(at: separator).depth
    let name = end(from: start) {
      !$0.isSpace && !$0.isQuote && !":/?#@[;,".utf8.contains($0) && !Self.endsURL($0)
    }
    switch byte(at: name) {
    case UInt8(ascii: "@") where look(at: start..<name).isMixture(atLeast: 16):
      redact(start..<name)
      userInfoEnd = name + 1
      return name + 1
    case UInt8(ascii: ":"): break
    default: return start
    }
    // `host:8080/@scope` has a port but no password.
    let digitsEnd = end(from: name + 1, while: \.isASCIIDigit)
    guard digitsEnd < bytes.count, !isURLEnd(digitsEnd, outer),
      digitsEnd == name + 1 || !"/?#,".utf8.contains(bytes[digitsEnd])
    else { return digitsEnd }
    guard let at = userInfoEnd(from: name + 1, outer) else { return start }
    if at > name + 1 && !(isRedacted(at: name + 1) && at == name + 1 + Redactor.mark.utf8.count),
      !isStandIn(name + 1..<at)
    {
      redact(name + 1..<at)
    }
    userInfoEnd = min(at + 1, bytes.count)
    return userInfoEnd
  }

  /// Returns the last `@` before the query of a URL; without one, the last `@` in the query.
  private mutating func userInfoEnd(from start: Int, _ outer: UInt8) -> Int? {
    guard start >= noUserInfoUntil else { return nil }
    var at: Int?
    var index = start
    while index < bytes.count, !isURLEnd(index, outer) {
      if bytes[index] == UInt8(ascii: "@") { at = index }
      if bytes[index] == UInt8(ascii: "?") && at != nil { return at }
      index += 1
    }
    if at == nil {
      // The truncated rest may contain it.
      if isCut && index == bytes.count { return index }
      noUserInfoUntil = index
    }
    return at
  }

  private func isURLEnd(_ index: Int, _ outer: UInt8) -> Bool {
    let byte = bytes[index]
    guard byte.isSpace || byte.isQuote || Self.endsURL(byte) else { return false }
    let level = level(at: index)
    return level.depth <= outer || level.kind != .percent
  }

  private static func endsURL(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "`")
      || byte == UInt8(ascii: "\\")
  }

  /// Redacts a password before an `@` outside of a URL. Examines each run of bytes without spaces once.
  mutating func skipUserInfo(at first: Int) -> Int {
    guard first >= userInfoEnd else { return first + 1 }
    let runStart = start(to: first) { !Self.endsRun($0) }
    let begin = max(runStart, userInfoEnd)
    let runEnd = end(from: first) { !Self.endsRun($0) }
    userInfoEnd = runEnd
    guard let at = bytes[first..<runEnd].lastIndex(of: UInt8(ascii: "@")) else { return first + 1 }
    var index = begin
    while index < first {
      let isStart =
        index == begin || bytes[index - 1] >= 0x80 || ",;|&=+([{".utf8.contains(bytes[index - 1])
        || bytes[index - 1] == UInt8(ascii: ":") && index < oracleEnd
        // `https//user:pw@host`: the colon is missing.
        || index > begin + 2 && matches("//", at: index - 2) && bytes[index - 3].isASCIILetter
      if isStart {
        let user = end(from: index, limit: 64) {
          $0.isWordByte || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "$")
        }
        if let password = password(of: index..<user, at: at), !isStandIn(password) {
          redact(password)
          return password.upperBound
        }
      }
      index += 1
    }
    return first + 1
  }

  private static func endsRun(_ byte: UInt8) -> Bool { byte.isSpace || byte.isQuote || endsURL(byte) }

  /// Returns the range between a user and the `@` if it is a password, else `nil`.
  private func password(of user: Range<Int>, at: Int) -> Range<Int>? {
    guard user.upperBound + 3 < at, bytes[user.lowerBound].isASCIILetter, isHost(at + 1) else { return nil }
    let password = user.upperBound + 1..<at
    guard !isRedacted(at: password.lowerBound), !bytes[password].contains(UInt8(ascii: "=")) else {
      return nil
    }
    switch bytes[user.upperBound] {
    case UInt8(ascii: ":"):
      guard bytes[password.lowerBound] != UInt8(ascii: ":"), !holdsURL(password),
        !isMailbox(password, under: user, at)
      else { return nil }
      return password
    case UInt8(ascii: "/"):
      guard
        at < oracleEnd
          || !isRealm(at + 1) && look(at: password).isMixture(atLeast: 6)
            && !bytes[password].contains(UInt8(ascii: "/"))
            && !isMailbox(password, under: user, at)
      else { return nil }
      return password
    default: return nil
    }
  }

  /// Returns whether a Kerberos realm begins at an index: `host/db1.example.com@EXAMPLE.COM`.
  private func isRealm(_ start: Int) -> Bool {
    let realm = start..<end(from: start) { $0.isWordByte || $0 == UInt8(ascii: ".") }
    return bytes[realm].contains(UInt8(ascii: ".")) && bytes[realm].allSatisfy { !$0.isLowercaseLetter }
  }

  private func holdsURL(_ range: Range<Int>) -> Bool { range.contains { matches("//", at: $0) } }

  /// Returns whether the text before the `@` names a mailbox or a package: `mailto:ann@example.com`,
  /// `npm:left-pad@1.3.0`.
  private func isMailbox(_ password: Range<Int>, under label: Range<Int>, _ at: Int) -> Bool {
    guard bytes[password].allSatisfy({ $0.isWordByte || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "+") })
    else { return false }
    if Self.labels.contains(where: { equals(label, $0) }) { return true }
    let hostEnd = end(from: at + 1) { $0.isWordByte || $0 == UInt8(ascii: ".") }
    let isDotted = bytes[at..<hostEnd].contains(UInt8(ascii: ".")) && byte(at: hostEnd) != UInt8(ascii: ":")
    return isDotted && bytes[password].allSatisfy { !$0.isASCIIDigit }
      && Self.accounts.contains { equals(label, $0) }
  }

  /// Labels before an address or a package.
  private static let labels: [StaticString] = [
    "mail", "email", "mailto", "from", "to", "cc", "bcc", "recipient", "sender", "sip", "sips", "xmpp",
    "acct",
    "npm", "nuget", "pkg", "file", "git", "image", "arn", "urn", "jdbc", "users", "accounts", "mailboxes",
    "people", "members", "serviceaccounts",
  ]
  /// Labels before the address of a user without digits.
  private static let accounts: [StaticString] = [
    "user", "username", "login", "account", "uid", "owner", "author", "contact", "by", "for", "error", "of",
  ]

  /// Returns whether a host can begin at an index after an `@`: not a version, digest, branch or object hash.
  private func isHost(_ start: Int) -> Bool {
    let first = byte(at: start)
    if first == UInt8(ascii: "[") || first == UInt8(ascii: "/") || first == UInt8(ascii: "(") { return true }
    let host = start..<end(from: start, limit: 256) { $0.isWordByte || $0 == UInt8(ascii: ".") }
    if first.isASCIIDigit {
      return bytes[host].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).count >= 4
        && bytes[host].allSatisfy { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }
    }
    guard first.isASCIILetter else { return start == bytes.count && start <= oracleEnd }
    let isVersion = first == UInt8(ascii: "v") && byte(at: start + 1).isASCIIDigit
    let isHash = host.count >= 6 && bytes[host].allSatisfy { $0.hexadecimalDigit != nil }
    return !isVersion && !isHash && !Self.references.contains { equals(host, $0) }
  }

  private static let references: [StaticString] = [
    "sha256", "sha512", "main", "master", "latest", "next", "beta", "stable", "canary", "head",
  ]
}
