/// One pass over a text that finds secrets. Copies the text only when it finds one.
struct SecretScan {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var output: [UInt8] = []
  private var copied = 0
  private var found = false

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The text without its secrets, or `nil` when there were none.
  mutating func run() -> String? {
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: ":") where matches("://", at: index):
        index = skipPasswordOfURL(from: index + 3)
      case UInt8(ascii: "-") where matches("-----BEGIN ", at: index):
        index = skipPEM(from: index)
      case UInt8(ascii: "="), UInt8(ascii: ":"):
        index = skipValue(ofPairAt: index)
      case let byte where Self.isWord(byte) && (index == 0 || !Self.isWord(bytes[index - 1])):
        index = skipWord(from: index)
      default:
        index += 1
      }
    }
    guard found else { return nil }
    output.append(contentsOf: bytes[copied...])
    return String(decoding: output, as: UTF8.self)
  }

  private mutating func redact(_ range: Range<Int>) {
    found = true
    output.append(contentsOf: bytes[copied..<range.lowerBound])
    output.append(contentsOf: Redactor.mark.utf8)
    copied = range.upperBound
  }

  /// `scheme://user:password@host`: the password goes, the user stays.
  private mutating func skipPasswordOfURL(from start: Int) -> Int {
    var colon: Int?
    var lastAt: Int?
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") || byte <= 0x20
        || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
      {
        break
      }
      if byte == UInt8(ascii: ":") && colon == nil { colon = index }
      if byte == UInt8(ascii: "@") { lastAt = index }
      index += 1
    }
    guard let colon, let lastAt, colon < lastAt else { return start }
    redact(colon + 1..<lastAt)
    return lastAt + 1
  }

  private mutating func skipPEM(from start: Int) -> Int {
    var index = start + 11
    while index < bytes.count && !matches("-----END ", at: index) { index += 1 }
    // To the end of the END line, or of the text when it was cut.
    while index < bytes.count && bytes[index] != UInt8(ascii: "\n") { index += 1 }
    redact(start..<index)
    return index
  }

  /// `password=value`, `"api_key": "value"`: the value goes when the key names a secret.
  private mutating func skipValue(ofPairAt separator: Int) -> Int {
    var keyEnd = separator
    while keyEnd > copied
      && (bytes[keyEnd - 1] == UInt8(ascii: " ") || Self.isQuote(bytes[keyEnd - 1])
        || bytes[keyEnd - 1] == UInt8(ascii: "\\"))
    { keyEnd -= 1 }
    var keyStart = keyEnd
    while keyStart > 0 && Self.isWord(bytes[keyStart - 1]) { keyStart -= 1 }
    guard keyStart < keyEnd, Self.isSecretKey(bytes[keyStart..<keyEnd]) else { return separator + 1 }
    var start = separator + 1
    while start < bytes.count
      && (bytes[start] == UInt8(ascii: " ") || bytes[start] == UInt8(ascii: "\\")
        || bytes[start] == UInt8(ascii: "="))
    { start += 1 }
    var end = start
    if start < bytes.count && Self.isQuote(bytes[start]) {
      let quote = bytes[start]
      start += 1
      end = start
      while end < bytes.count && bytes[end] != quote { end += 1 }
    } else {
      // A scheme word belongs to the value: "Authorization: Bearer xyz".
      for scheme in Self.schemes
      where matches(scheme, at: start) && start + scheme.utf8CodeUnitCount < bytes.count {
        end = start + scheme.utf8CodeUnitCount + 1
      }
      while end < bytes.count && bytes[end] > 0x20 && !Self.endsValue(bytes[end]) { end += 1 }
    }
    guard end > start else { return separator + 1 }
    redact(start..<end)
    return end
  }

  /// `Bearer xyz`, and words that have the form of a well-known key.
  private mutating func skipWord(from start: Int) -> Int {
    var end = start
    while end < bytes.count && Self.isWord(bytes[end]) { end += 1 }
    let length = end - start
    for scheme in Self.schemes where length == scheme.utf8CodeUnitCount && matches(scheme, at: start) {
      var tokenEnd = end + 1
      guard end < bytes.count, bytes[end] == UInt8(ascii: " ") else { break }
      var hasDigitOrMark = false
      while tokenEnd < bytes.count && Self.isToken(bytes[tokenEnd]) {
        hasDigitOrMark = hasDigitOrMark || !Self.isLetter(bytes[tokenEnd])
        tokenEnd += 1
      }
      // "Basic authentication failed" is no secret.
      if tokenEnd - end > 8 && hasDigitOrMark {
        redact(end + 1..<tokenEnd)
        return tokenEnd
      }
    }
    for (prefix, least) in Self.keyForms where length >= least && matches(prefix, at: start, exactly: true) {
      while end < bytes.count && Self.isToken(bytes[end]) { end += 1 }
      redact(start..<end)
      return end
    }
    return end
  }

  private static let schemes: [StaticString] = ["Bearer", "Basic", "Token"]

  /// Prefixes of well-known secrets with the least length of the whole word.
  private static let keyForms: [(StaticString, Int)] = [
    ("sk-", 16), ("sk_live_", 16), ("sk_test_", 16), ("rk_live_", 16), ("pk_live_", 16), ("ghp_", 20),
    ("gho_", 20), ("ghs_", 20), ("github_pat_", 20), ("glpat-", 16), ("xoxb-", 16), ("xoxp-", 16),
    ("AKIA", 20), ("ASIA", 20), ("AIza", 30), ("eyJ", 24), ("hf_", 20), ("npm_", 20), ("SG.", 20),
  ]

  private static let secretKeys: [StaticString] = [
    "password", "passwd", "passphrase", "pwd", "secret", "api_key", "apikey", "api-key", "access_key",
    "access-key", "accesskey", "access_token", "refresh_token", "auth_token", "id_token", "client_secret",
    "private_key", "authorization", "x-api-key", "token", "signature", "sig", "set-cookie", "cookie",
    "sharedaccesskey", "accountkey",
  ]
  /// Endings that make a longer key secret: `db_password`, `OPENAI_API_KEY`.
  private static let secretEndings: [StaticString] = [
    "password", "passwd", "_secret", "-secret", "api_key", "apikey", "api-key", "_token", "-token",
    "secret_key", "secretkey", "access_key", "private_key",
  ]

  static func isSecretKey(_ key: some BidirectionalCollection<UInt8>) -> Bool {
    secretKeys.contains { equal(key, $0) }
      || secretEndings.contains { ending in
        key.count > ending.utf8CodeUnitCount && equal(key.suffix(ending.utf8CodeUnitCount), ending)
      }
  }

  private static func equal(_ key: some Collection<UInt8>, _ word: StaticString) -> Bool {
    guard key.count == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { word in zip(key, word).allSatisfy { lowercased($0) == $1 } }
  }

  private func matches(_ word: StaticString, at index: Int, exactly: Bool = false) -> Bool {
    guard index + word.utf8CodeUnitCount <= bytes.count else { return false }
    return word.withUTF8Buffer { word in
      for offset in 0..<word.count {
        let byte = bytes[index + offset]
        guard byte == word[offset] || (!exactly && Self.lowercased(byte) == Self.lowercased(word[offset]))
        else {
          return false
        }
      }
      return true
    }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    lowercased(byte) >= UInt8(ascii: "a") && lowercased(byte) <= UInt8(ascii: "z")
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    isLetter(byte) || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "-")
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    isWord(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
      || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "~")
  }

  private static func isQuote(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
  }

  private static func endsValue(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\""), UInt8(ascii: "'"),
      UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"):
      true
    default: false
    }
  }
}
