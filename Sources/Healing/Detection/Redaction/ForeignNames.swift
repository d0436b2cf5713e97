/// Names of secrets with non-ASCII letters, which the ASCII tables cannot contain.
enum ForeignNames {
  static let all: [StaticString] = [
    "contraseña", "Contraseña", "CONTRASEÑA", "пароль", "Пароль", "ПАРОЛЬ", "пароля", "секрет", "Секрет",
    "токен",
    "Токен", "hasło", "Hasło", "パスワード", "비밀번호", "密码", "密碼", "口令", "密钥", "密鑰", "令牌",
  ]
}

extension SecretScan {
  /// Returns whether a non-ASCII name of a secret ends at an index.
  func isForeignName(endingAt end: Int) -> Bool {
    guard end > copied + 3, bytes[start(to: end, limit: 2, while: \.isASCIILetter) - 1] >= 0x80 else {
      return false
    }
    return ForeignNames.all.contains { name in
      let start = end - name.utf8CodeUnitCount
      return start >= copied && matches(name, at: start)
    }
  }

  /// Redacts the value after `=` or `:` and a non-ASCII name. A value that begins with a non-ASCII character is
  /// prose, not a secret.
  mutating func skipForeignPair(_ name: Range<Int>, at separator: Int) -> Int? {
    guard isForeignName(endingAt: name.upperBound), let start = valueStart(after: separator, kind: .short),
      bytes[start] < 0x80
    else { return nil }
    return skipValue(
      from: start, separator: separator, kind: .short,
      isProse: bytes[separator] == UInt8(ascii: ":") && start > separator + 1)
  }
}
