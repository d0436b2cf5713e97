/// Names of secrets with letters outside ASCII: no tables of single bytes hold them.
enum ForeignNames {
  static let all: [StaticString] = [
    "contraseña", "Contraseña", "CONTRASEÑA", "пароль", "Пароль", "ПАРОЛЬ", "пароля", "секрет", "Секрет",
    "токен",
    "Токен", "hasło", "Hasło", "パスワード", "비밀번호", "密码", "密碼", "口令", "密钥", "密鑰", "令牌",
  ]
}

extension SecretScan {
  /// Whether a name with letters outside ASCII ends there that names a secret.
  func isForeignName(endingAt end: Int) -> Bool {
    guard end > copied + 3, bytes[start(to: end, limit: 2, while: \.isASCIILetter) - 1] >= 0x80 else {
      return false
    }
    return ForeignNames.all.contains { name in
      let start = end - name.utf8CodeUnitCount
      return start >= copied && matches(name, at: start)
    }
  }

  /// At `=` or `:` behind a name with letters outside ASCII. Prose in the same script is no secret.
  mutating func skipForeignPair(_ name: Range<Int>, at separator: Int) -> Int? {
    guard isForeignName(endingAt: name.upperBound), let start = valueStart(after: separator, kind: .short),
      bytes[start] < 0x80
    else { return nil }
    return skipValue(
      from: start, separator: separator, kind: .short,
      isProse: bytes[separator] == UInt8(ascii: ":") && start > separator + 1)
  }
}
