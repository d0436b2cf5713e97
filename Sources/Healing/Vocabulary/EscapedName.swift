/// Escapes texts that are not valid component names: see ``ComponentName/init(_:)``.
enum EscapedName {
  private static let percent = UInt8(ascii: "%")
  private static let dash = UInt8(ascii: "-")
  /// Length in bytes of `%-` and the hexadecimal digits of half a SHA-256.
  private static let suffixLength = 2 + 32

  /// Maps different texts to different names: the text can be decoded from the name, or the name contains its hash.
  static func escape(_ text: String, limit: Int) -> String {
    var escaped: [UInt8] = []
    // The last end of a character or escape that leaves room for the suffix.
    var end = 0
    for byte in text.utf8 {
      if ComponentName.isAllowed(byte) {
        escaped.append(byte)
      } else {
        escaped += [percent, hexadecimal(byte >> 4, letters: "A"), hexadecimal(byte & 15, letters: "A")]
      }
      if escaped.count <= limit - suffixLength { end = escaped.count }
      if escaped.count > limit { break }
    }
    if (1...limit).contains(escaped.count) { return String(decoding: escaped, as: UTF8.self) }
    let hash = SHA256.hash(text.utf8).prefix(16).flatMap {
      [hexadecimal($0 >> 4, letters: "a"), hexadecimal($0 & 15, letters: "a")]
    }
    return String(decoding: escaped[..<end] + [percent, dash] + hash, as: UTF8.self)
  }

  /// Returns whether a text consists of allowed characters and escapes, with a hash only at its end.
  static func isEscaped(_ name: String) -> Bool {
    var rest = Array(name.utf8)[...]
    while let byte = rest.popFirst() {
      if ComponentName.isAllowed(byte) { continue }
      guard byte == percent else { return false }
      if rest.first == dash {
        let digits = rest.dropFirst()
        return digits.count == 32 && digits.allSatisfy { isDigit($0, letters: "a") }
      }
      guard rest.count >= 2, rest.prefix(2).allSatisfy({ isDigit($0, letters: "A") }) else { return false }
      rest = rest.dropFirst(2)
    }
    return true
  }

  private static func hexadecimal(_ digit: UInt8, letters first: Unicode.Scalar) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: first) + digit - 10
  }

  private static func isDigit(_ byte: UInt8, letters first: Unicode.Scalar) -> Bool {
    let letter = UInt8(ascii: first)
    return (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (letter...letter + 5).contains(byte)
  }
}
