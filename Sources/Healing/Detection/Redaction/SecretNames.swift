/// Decides by a name whether what stands under it is a secret: `DB_PASSWORD`, `x-api-key`, `clientKeyData`.
enum SecretNames {
  typealias Bytes = UnsafeBufferPointer<UInt8>.SubSequence

  enum Kind {
    case none
    /// A secret when it looks like one and stands in a URL's query: `?code=…`.
    case query
    /// A secret when it is a long run of letters and digits: a `key` is mostly that of a row.
    case weak
    /// A secret when it looks like one: "unexpected token: string" is harmless.
    case ambiguous
    /// A header whose value goes on to the end of its line.
    case header
    case secret
  }

  /// A name of the table.
  struct Row {
    enum Place {
      /// The name as a whole.
      case whole
      /// A later part of the name: `db_pass`, `userPass`, not `bypass`.
      case part
      /// Whatever the name ends with.
      case ending
    }

    /// In lower case, without `_`, `-`, `.` and spaces.
    let name: StaticString
    let place: Place
    let kind: Kind
    /// Whether prose names secrets like this, perhaps in two words: "the API key abc is invalid", "password is abc".
    let isProse: Bool
  }

  /// The first row that fits decides.
  static let table: [Row] =
    rows(.whole, .ambiguous, isProse: true, "token")
    + rows(.whole, .ambiguous, isProse: false, "sig", "auth", "sid", "session", "bearer", "jwt", "sas")
    + rows(.whole, .weak, isProse: false, "key")
    + rows(.whole, .query, isProse: false, "code", "pass")
    + rows(.whole, .secret, isProse: false, "pw", "psk")
    + rows(.ending, .ambiguous, isProse: false, "signature", "sessionid", "sessid")
    + rows(.ending, .header, isProse: false, "authorization", "cookie", "cookies")
    + rows(
      .ending, .secret, isProse: true,
      "password", "passwd", "passphrase", "passcode", "pwd", "apikey", "accesskey", "secretkey", "licensekey",
      "subscriptionkey", "apitoken", "accesstoken", "authtoken", "refreshtoken", "sessiontoken",
      "bearertoken", "clientsecret", "sharedkey", "accountkey")
    + rows(
      .ending, .secret, isProse: false,
      "secret", "token", "credential", "credentials", "privatekey", "signingkey", "encryptionkey",
      "masterkey", "storagekey", "functionskey", "sessionkey", "authkey", "consumerkey", "clientkeydata",
      "clientkey", "keymaterial", "secretkeybase", "privatekeypem", "passwordhash", "passwordconfirmation",
      "secretstring", "secretvalue", "dockerconfigjson", "storepass", "keypass", "requirepass", "masterauth",
      "userpass", "passwort", "kennwort", "otp", "proxyauth", "basicauth")
    + rows(.part, .secret, isProse: false, "pass", "pw", "auth", "psk")

  private static func rows(
    _ place: Row.Place, _ kind: Kind, isProse: Bool, _ names: StaticString...
  ) -> [Row] {
    names.map { Row(name: $0, place: place, kind: kind, isProse: isProse) }
  }

  /// By the last two letters.
  private static let tableByEnding: [[Row]] = {
    var rows = Array(repeating: [Row](), count: 1_024)
    for row in table {
      row.name.withUTF8Buffer { rows[LetterPairs.place($0[$0.count - 2], $0[$0.count - 1])].append(row) }
    }
    return rows
  }()

  /// The row of a name, in any case; digits at its end do not count (`password2`).
  static func row(of name: Bytes) -> Row? {
    var end = name.endIndex
    while end > name.startIndex && name[end - 1].isASCIIDigit { end -= 1 }
    guard end - name.startIndex >= 2 else { return nil }
    let name = name[..<end]
    return tableByEnding[LetterPairs.place(name[end - 2], name[end - 1])].first { $0.matches(name) }
  }

  static func kind(of name: Bytes) -> Kind { row(of: name)?.kind ?? .none }

  /// The row of a name of two words: `api key`.
  static func row(ofTwoWords name: Bytes) -> Row? {
    guard let row = row(of: name), row.isProse, row.kind == .secret, row.spans(name) else { return nil }
    return row
  }

  /// Names whose value is the name of what stands beside it: `{"name": "DB_PASSWORD", "value": "…"}`.
  static let labels: [StaticString] = ["name", "key", "field", "header", "param", "parameter", "variable"]
  /// Names of what such a label tells of.
  static let labelled: [StaticString] = [
    "value", "val", "content", "input", "input_value", "rejectedvalue", "string", "some", "data",
  ]

  /// Words between a name and its value: "API key provided: …", "password was set to …".
  static let fillers: [StaticString] = [
    "provided", "supplied", "given", "specified", "used", "received", "entered", "value", "is", "was", "been",
    "has", "set", "field",
  ]

  static func isSecret(_ value: String, under name: String) -> Bool {
    var name = name
    var value = value
    return switch name.withUTF8({ kind(of: $0[...]) }) {
    case .none: false
    case .query: value.withUTF8 { TokenLook($0[...]).isMixture(atLeast: 20) }
    case .weak: value.withUTF8 { TokenLook($0[...]).isKey }
    case .ambiguous: value.withUTF8 { TokenLook($0[...]).isSecret(atLeast: 8) }
    case .header, .secret: true
    }
  }
}

extension SecretNames.Row {
  /// Where the row's name begins in a name that ends with it.
  private func start(in name: SecretNames.Bytes) -> Int? {
    var left = self.name.utf8CodeUnitCount
    let word = self.name.utf8Start
    var index = name.endIndex
    while left > 0 {
      guard index > name.startIndex else { return nil }
      index -= 1
      let byte = name[index]
      if byte.lowercasedLetter == word[left - 1] {
        left -= 1
      } else if !byte.isNameSeparator {
        return nil
      }
    }
    return index
  }

  fileprivate func matches(_ name: SecretNames.Bytes) -> Bool {
    guard let start = start(in: name) else { return false }
    switch place {
    case .ending: return true
    case .whole: return start == name.startIndex
    case .part:
      guard start > name.startIndex else { return false }
      let previous = name[start - 1]
      return previous.isNameSeparator || previous.isLowercaseLetter && name[start].isUppercaseLetter
    }
  }

  fileprivate func spans(_ name: SecretNames.Bytes) -> Bool { start(in: name) == name.startIndex }
}
