/// The names that say that a value is secret, and the forms of keys that say it themselves.
enum SecretNames {
  /// What a name ends with when its value is always secret: `db_password`, `OPENAI_API_KEY`, `Authorization`.
  private static let endings: [StaticString] = [
    "password", "passwd", "passphrase", "pwd", "secret", "api_key", "apikey", "api-key", "access_key",
    "access-key",
    "accesskey", "secret_key", "secretkey", "secret-key", "private_key", "private-key", "privatekey",
    "account_key",
    "accountkey", "authorization", "credential", "cookie", "access_token", "accesstoken", "refresh_token",
    "refreshtoken", "auth_token", "authtoken", "id_token", "session_token", "security_token",
    "security-token",
    "_token", "-token", "client_secret", "clientsecret", "subscription-key",
  ]

  /// What a name is when its value is secret only if it looks so: "unexpected token: string" is harmless.
  private static let ambiguous: [StaticString] = [
    "token", "signature", "sig", "auth", "key", "sid", "sessionid", "session_id", "session",
  ]
  /// Likewise, as an ending.
  private static let ambiguousEndings: [StaticString] = ["signature", "session_id", "sessionid"]

  enum Kind { case none, ambiguous, secret }

  static func kind(of name: UnsafeBufferPointer<UInt8>.SubSequence) -> Kind {
    // Most names are none of these, and their last letter tells.
    guard name.count >= 3, let last = name.last, mayEndName(last.lowercasedLetter) else { return .none }
    if endings.contains(where: { name.ends(with: $0) }) { return .secret }
    if ambiguous.contains(where: { name.count == $0.utf8CodeUnitCount && name.ends(with: $0) })
      || ambiguousEndings.contains(where: { name.ends(with: $0) })
    {
      return .ambiguous
    }
    return .none
  }

  /// The last letters of the names above.
  private static func mayEndName(_ letter: UInt8) -> Bool {
    switch letter {
    case UInt8(ascii: "d"), UInt8(ascii: "e"), UInt8(ascii: "t"), UInt8(ascii: "y"), UInt8(ascii: "n"),
      UInt8(ascii: "l"), UInt8(ascii: "g"), UInt8(ascii: "h"):
      true
    default: false
    }
  }

  /// Whether the value of an ambiguous name is a secret rather than a word: long, or with digits.
  static func looksSecret(_ value: UnsafeBufferPointer<UInt8>.SubSequence) -> Bool {
    value.count >= 20 || value.count >= 8 && value.contains(where: \.isASCIIDigit)
  }

  static func isSecret(_ value: String, under name: String) -> Bool {
    var name = name
    var value = value
    return switch name.withUTF8({ kind(of: $0[...]) }) {
    case .none: false
    case .ambiguous: value.withUTF8 { looksSecret($0[...]) }
    case .secret: true
    }
  }

  /// Prefixes of well-known secrets. A key is the prefix and what follows, 16 bytes at least.
  private static let keyPrefixes: [StaticString] = [
    "sk-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "pk_live_", "ghp_", "gho_", "ghu_",
    "ghs_",
    "ghr_", "github_pat_", "glpat-", "gldt-", "xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-", "xapp-", "AKIA",
    "ASIA",
    "AIza", "ya29.", "hf_", "npm_", "pypi-", "SG.", "dop_v1_", "shpat_", "shpss_", "hvs.", "lin_api_", "gsk_",
    "xai-",
    "pplx-", "r8_", "sbp_", "ntn_", "secret_", "key-", "dapi", "eyJ",
  ]

  /// By first byte: most words begin like no key.
  private static let keyPrefixesByFirstByte: [[StaticString]] = {
    var table = Array(repeating: [StaticString](), count: 256)
    for prefix in keyPrefixes { table[Int(prefix.utf8Start.pointee)].append(prefix) }
    return table
  }()

  /// How keys of well-known services may begin that begin with a byte.
  static func keyPrefixes(beginningWith byte: UInt8) -> [StaticString] { keyPrefixesByFirstByte[Int(byte)] }

  /// Words of an unquoted value that are no secret: `(using password: YES)`, `password: must not be empty`.
  static let harmlessValues: [StaticString] = [
    "yes", "no", "true", "false", "null", "nil", "none", "undefined", "required", "missing", "invalid",
    "incorrect",
    "wrong", "empty", "expired", "must", "should", "is", "was", "not", "cannot", "the", "a", "authentication",
    "***",
  ]
}

extension UnsafeBufferPointer<UInt8>.SubSequence {
  /// Whether the bytes end with a word of lower-case letters, in any case.
  func ends(with word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard count >= length else { return false }
    return word.withUTF8Buffer { word in
      var index = length
      while index > 0 {
        index -= 1
        guard self[endIndex - length + index].lowercasedLetter == word[index] else { return false }
      }
      return true
    }
  }
}
