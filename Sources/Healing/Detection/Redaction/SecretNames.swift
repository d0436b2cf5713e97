/// Decides by a name whether its value is a secret: `DB_PASSWORD`, `x-api-key`, `clientKeyData`.
enum SecretNames {
  typealias Bytes = UnsafeBufferPointer<UInt8>.SubSequence

  enum Kind {
    case none
    /// A secret if its value has the form of one and is in a URL's query: `?code=…`.
    case query
    /// A secret if it is a long run of letters and digits: a `key` is usually a row's key.
    case weak
    /// A secret if its value has the form of one: "unexpected token: string" is harmless.
    case ambiguous
    /// A secret after `=` or between quotes, otherwise only if its value has the form of one: `pass=x`, but `pass: 12` counts
    /// tests.
    case short
    /// A secret if it consists of digits.
    case digits
    /// A header whose value extends to the end of its line.
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
      /// The end of the name, even inside a word.
      case ending
    }

    /// In lower case, without `_`, `-`, `.` and spaces.
    let name: StaticString
    let place: Place
    let kind: Kind
    /// Whether prose uses this name for secrets, perhaps in two words: "the API key abc is invalid", "password is
    /// abc".
    let isProse: Bool
  }

  /// The table of names; the first matching row applies.
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

  /// Returns the row of a name, ignoring case and digits at the end (`password2`).
  static func row(of name: Bytes) -> Row? { row(of: name) { row, start in row.fits(name, from: start) } }

  /// Returns the row of a name of two words: `api key`.
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

  /// Returns whether a name denotes a secret of several words: `passphrase`, `seed phrase`, `mnemonic`.
  static func isPhrase(_ name: Bytes) -> Bool { name.ends(with: "phrase") || name.ends(with: "mnemonic") }

  /// Names whose value is the name of the neighbouring value: `{"name": "DB_PASSWORD", "value": "…"}`.
  static let labels: [StaticString] = ["name", "key", "field", "header", "param", "parameter", "variable"]
  /// Names of the values that such labels describe.
  static let labelled: [StaticString] = [
    "value", "val", "content", "input", "input_value", "rejectedvalue", "string", "some", "data",
    "rawvalue", "wrappedvalue",
  ]

  /// Names of settings whose value follows a space: `requirepass x`.
  static let spaced: [StaticString] = ["storepass", "keypass", "requirepass", "masterauth"]

  /// Functions that assign a value to a name: `define('DB_PASSWORD', 'x')`.
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
  /// Returns whether the row matches a longer name from a start index.
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
