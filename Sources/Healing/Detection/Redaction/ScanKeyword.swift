/// A word that determines the meaning of the words after it.
enum ScanKeyword {
  /// `Bearer`, `Basic`: a token follows.
  case scheme
  /// `Digest`: pairs follow, all of them part of the secret.
  case digest
  /// `is`, `was`: between a name and its value.
  case copula
  /// `to` after a verb: `password set to …`.
  case target
  /// `IDENTIFIED BY '…'`
  case by
  /// `AUTH PLAIN …`, `AUTH user pw`
  case auth
  /// `password …` after `login …`, as in `.netrc`.
  case login
  /// `rejected value […]`
  case value
  /// `value "…" for password`
  case subject
  /// A program; its row of ``SecretFlag/table``.
  case command(Int)
  /// `VALUES ('…')`
  case rows
  /// `net use …`
  case net
  /// `htpasswd …`
  case passwordFile
  /// `ConvertTo-SecureString …`
  case secureString
  /// `ACL SETUSER …`
  case rules
  /// A program that takes `user/pw@database`.
  case oracle

  static let words: [(word: StaticString, keyword: ScanKeyword)] =
    of(
      .scheme, "bearer", "basic", "token", "negotiate", "ntlm", "bot", "apikey", "geniekey", "ssws", "splunk",
      "sharedkey", "dpop")
    + of(.digest, "digest", "hawk")
    + of(.copula, "is", "was", "are") + of(.target, "to") + of(.by, "by") + of(.value, "value")
    + of(.subject, "for")
    + of(.rows, "values") + of(.net, "net") + of(.passwordFile, "htpasswd")
    + of(.secureString, "convertto-securestring") + of(.rules, "setuser")
    + of(.auth, "auth", "authenticate") + of(.login, "login", "user", "account")
    + of(
      .oracle, "sqlplus", "sqlldr", "exp", "imp", "expdp", "impdp", "rman", "oracle", "thin", "oci", "conn",
      "connect")
    + SecretFlag.table.enumerated().flatMap { row, entry in entry.commands.map { ($0, .command(row)) } }

  private static func of(
    _ keyword: ScanKeyword, _ words: StaticString...
  ) -> [(word: StaticString, keyword: ScanKeyword)] {
    words.map { ($0, keyword) }
  }

  /// Keywords by their first and last letters.
  private static let table: [[(word: StaticString, keyword: ScanKeyword)]] = {
    var table = Array(repeating: [(word: StaticString, keyword: ScanKeyword)](), count: 1_024)
    for entry in words {
      let last = entry.word.utf8Start[entry.word.utf8CodeUnitCount - 1]
      table[LetterPairs.place(entry.word.utf8Start[0], last)].append(entry)
    }
    return table
  }()

  static func find(_ word: UnsafeBufferPointer<UInt8>.SubSequence) -> ScanKeyword? {
    guard let first = word.first, let last = word.last else { return nil }
    return table[LetterPairs.place(first, last)]
      .first { $0.word.utf8CodeUnitCount == word.count && word.ends(with: $0.word) }?.keyword
  }
}
