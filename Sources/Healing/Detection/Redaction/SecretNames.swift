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
    /// A secret behind `=` or between quotes, else when it looks like one: `pass=x`, but `pass: 12` counts tests.
    case short
    /// A secret of digits alone.
    case digits
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
    + rows(
      .whole, .ambiguous, isProse: false, "sig", "auth", "sid", "session", "bearer", "jwt", "sas", "salt",
      "clave",
      "chiave")
    + rows(.part, .ambiguous, isProse: false, "salt", "clave")
    + rows(.whole, .weak, isProse: false, "key", "login", "oauth")
    + rows(.whole, .query, isProse: false, "code")
    + rows(.whole, .short, isProse: false, "pass", "passe", "mdp", "community")
    + rows(
      .ending, .short, isProse: false, "senha", "contrasena", "motdepasse", "parolachiave", "heslo",
      "wachtwoord", "adgangskode", "salasana", "palavrapasse")
    + rows(.whole, .digits, isProse: false, "pin", "cvc")
    + rows(.whole, .secret, isProse: false, "pw", "psk")
    + rows(.ending, .ambiguous, isProse: false, "signature", "sessionid", "sessid")
    + rows(.ending, .header, isProse: false, "authorization", "cookie", "cookies")
    + rows(
      .ending, .secret, isProse: true,
      "password", "passwd", "passphrase", "seedphrase", "recoveryphrase", "mnemonic", "passcode", "pwd",
      "apikey", "accesskey", "secretkey", "licensekey",
      "subscriptionkey", "apitoken", "accesstoken", "authtoken", "refreshtoken", "sessiontoken",
      "bearertoken", "clientsecret", "sharedkey", "accountkey", "communitystring",
      "onetimecode", "verificationcode", "securitycode", "recoverycode", "backupcode", "pincode")
    + rows(
      .ending, .secret, isProse: false,
      "secret", "token", "credential", "credentials", "privatekey", "signingkey", "encryptionkey",
      "masterkey", "storagekey", "functionskey", "sessionkey", "authkey", "consumerkey", "clientkeydata",
      "clientkey", "keymaterial", "secretkeybase", "privatekeypem", "passwordhash", "passwordconfirmation",
      "secretstring", "secretvalue", "dockerconfigjson", "storepass", "keypass", "requirepass", "masterauth",
      "userpass", "passwort", "kennwort", "otp", "proxyauth", "basicauth", "bindpw", "passw", "appkey",
      "instrumentationkey", "cardnumber", "cvv", "fernetkey", "snmpcommunity")
    + rows(.part, .secret, isProse: false, "pass", "pw", "auth", "psk")

  private static func rows(
    _ place: Row.Place, _ kind: Kind, isProse: Bool, _ names: StaticString...
  ) -> [Row] {
    names.map { Row(name: $0, place: place, kind: kind, isProse: isProse) }
  }

  private static let trie = NameTrie(table.map(\.name))

  /// The row of a name, in any case; digits at its end do not count (`password2`).
  static func row(of name: Bytes) -> Row? { row(of: name) { row, start in row.fits(name, from: start) } }

  /// The row of a name of two words: `api key`.
  static func row(ofTwoWords name: Bytes) -> Row? {
    row(of: name) { row, start in row.isProse && row.kind == .secret && start == name.startIndex }
  }

  private static func row(of name: Bytes, where isFit: (Row, Int) -> Bool) -> Row? {
    var end = name.endIndex
    while end > name.startIndex && name[end - 1].isASCIIDigit { end -= 1 }
    var found: Int?
    trie.forEachMatch(in: name[..<end]) { row, start in
      if row < found ?? .max && isFit(table[row], start) { found = row }
    }
    return found.map { table[$0] }
  }

  static func kind(of name: Bytes) -> Kind { row(of: name)?.kind ?? .none }

  /// Whether a name is one of several words that belong together: `passphrase`, `seed phrase`, `mnemonic`.
  static func isPhrase(_ name: Bytes) -> Bool { name.ends(with: "phrase") || name.ends(with: "mnemonic") }

  /// Names whose value is the name of what stands beside it: `{"name": "DB_PASSWORD", "value": "…"}`.
  static let labels: [StaticString] = ["name", "key", "field", "header", "param", "parameter", "variable"]
  /// Names of what such a label tells of.
  static let labelled: [StaticString] = [
    "value", "val", "content", "input", "input_value", "rejectedvalue", "string", "some", "data",
    "rawvalue", "wrappedvalue",
  ]

  /// Names of settings whose value follows a space: `requirepass x`.
  static let spaced: [StaticString] = ["storepass", "keypass", "requirepass", "masterauth"]

  /// Functions that give a name its value: `define('DB_PASSWORD', 'x')`.
  static let setters: [StaticString] = [
    "define", "put", "set", "setproperty", "setenv", "putenv", "header", "addheader", "setheader",
    "setrequestheader", "setattribute", "append", "setdefault", "setparameter", "setstring", "config",
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
    case .short: !value.isEmpty
    case .digits: value.utf8.allSatisfy(\.isASCIIDigit)
    case .query: value.withUTF8 { TokenLook($0[...]).isMixture(atLeast: 20) }
    case .weak: value.withUTF8 { TokenLook($0[...]).isKey }
    case .ambiguous: value.withUTF8 { TokenLook($0[...]).isSecret(atLeast: 8) }
    case .header, .secret: true
    }
  }
}

extension SecretNames.Row {
  /// Whether the name of the row may begin there in a longer name.
  fileprivate func fits(_ name: SecretNames.Bytes, from start: Int) -> Bool {
    switch place {
    case .ending: return true
    case .whole: return start == name.startIndex
    case .part:
      guard start > name.startIndex else { return false }
      let previous = name[start - 1]
      return previous.isNameSeparator || previous.isLowercaseLetter && name[start].isUppercaseLetter
    }
  }
}
