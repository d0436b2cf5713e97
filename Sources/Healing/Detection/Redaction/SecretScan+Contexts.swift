/// Decides by context whether a name and a value are a pair.
extension SecretScan {
  /// Returns whether the parts of a value are listed below it, as Swift's `dump(_:)` does: `▿ password:
  /// Optional("x")`, `- some: "x"`.
  func isDump(_ name: Range<Int>, valueAt start: Int) -> Bool {
    matches("Optional", at: start) || name.lowerBound >= 4 && matches("▿", at: name.lowerBound - 4)
  }

  /// Returns whether the value of a cookie header is a cookie, which has a name: "unsupported cookie: SameSite" is
  /// not one. Returns true for every other header, whose value may be anything.
  func isCookie(from start: Int, under name: Range<Int>) -> Bool {
    guard bytes[name].ends(with: "cookie") || bytes[name].ends(with: "cookies") else { return true }
    let first = end(from: start, limit: 8) { $0.isOpener || $0.isQuote }
    let word = first..<end(from: first, limit: 128) { !$0.isSpace && $0 != UInt8(ascii: "=") && !$0.isGap }
    return byte(at: word.upperBound) == UInt8(ascii: "=") || look(at: word).isSecret(atLeast: 16)
  }

  /// Returns whether a sentence or a name follows instead of a secret: "AUTH_TOKEN: unbound variable", "assert
  /// password == expected".
  func isStatement(_ name: Range<Int>, at separator: Int, valueAt start: Int, isProse: Bool) -> Bool {
    if byte(at: separator + 1) == UInt8(ascii: "="), bytes[start - 1].isBlank {
      let word =
        start..<end(from: start, limit: 64) {
          $0.isASCIILetter || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
      return !word.isEmpty && byte(at: word.upperBound).isSpace && !isLongWord(word)
    }
    guard isProse, isMachineMade(name), isSentence(from: start) else { return false }
    return !isLongWord(start..<end(from: start, while: \.isLowercaseLetter))
  }

  /// Returns whether a name denotes a generated secret, so that a short word of letters is not its value.
  func isMachineMade(_ name: Range<Int>) -> Bool { Self.machineMade.contains { bytes[name].ends(with: $0) } }

  private static let machineMade: [StaticString] = ["token", "otp", "credential", "credentials"]

  /// Returns whether `pass` names a password: `pass="x"`, `pass=x`, `-passin pass:x`, but not `--- PASS: TestLogin`
  /// or `pass:login`.
  func isPass(_ name: Range<Int>, at separator: Int, valueAt start: Int) -> Bool {
    guard bytes[separator] == UInt8(ascii: ":"), !bytes[start].isQuote else { return true }
    guard start == separator + 1, byte(at: name.lowerBound).isLowercaseLetter else { return false }
    if let flag = previousWord(before: name), matches("-pass", at: flag.lowerBound) { return true }
    let word = start..<end(from: start, limit: TokenLook.length) { $0.isASCIILetter || $0.isASCIIDigit }
    return bytes[start].isLowercaseLetter && look(at: word).isMixture(atLeast: 6) || isLongWord(word)
  }

  /// Returns whether a name with a separator, or a dash, begins at an index.
  func isName(from start: Int) -> Bool {
    let end = end(from: start, limit: 128) { $0.isWordByte || $0 == UInt8(ascii: ".") }
    return byte(at: end) == UInt8(ascii: ":") || byte(at: end) == UInt8(ascii: "=")
      || byte(at: start) == UInt8(ascii: "-")
  }

  /// Returns whether two words of a sentence begin at an index: "password:must not be empty", but not
  /// `{Password:post Port:5432}`.
  func isSentence(from start: Int) -> Bool {
    let word = end(from: start, limit: 24, while: \.isLowercaseLetter)
    let next = end(from: word + 1, limit: 24, while: \.isLowercaseLetter)
    return word > start && byte(at: word) == UInt8(ascii: " ") && next > word + 1 && byte(at: next).isSpace
  }

  /// Returns whether a name is part of a resource name:
  /// `arn:aws:secretsmanager:eu-west-1:123456789012:secret:name`.
  func isResource(_ name: Range<Int>) -> Bool {
    name.lowerBound > copied + 1 && bytes[name.lowerBound - 1] == UInt8(ascii: ":")
      && bytes[name.lowerBound - 2].isASCIIDigit
  }

  /// Returns whether a value is a working directory: `PWD=/home/me`.
  func isDirectory(_ value: Int, under name: Range<Int>) -> Bool {
    bytes[value] == UInt8(ascii: "/")
      && (bytes[name].elementsEqual("PWD".utf8) || bytes[name].elementsEqual("OLDPWD".utf8))
  }
}
