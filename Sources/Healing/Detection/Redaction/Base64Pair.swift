/// Recognizes `user:password` in base64.
enum Base64Pair {
  /// Returns whether a text decodes to printable ASCII with a colon between a user name and a password. GraphQL ids
  /// (`User:123`) have no letter after the colon; dates begin with a digit.
  static func isPair(_ text: UnsafeBufferPointer<UInt8>.SubSequence) -> Bool {
    var bits: UInt32 = 0
    var count = 0
    var decoded = 0
    var colon: Int?
    var hasLetter = false
    for byte in text {
      guard let value = value(of: byte) else {
        if byte == UInt8(ascii: "=") { break }
        return false
      }
      bits = bits << 6 | value
      count += 6
      guard count >= 8 else { continue }
      count -= 8
      let character = UInt8(truncatingIfNeeded: bits >> UInt32(count))
      guard 0x20..<0x7F ~= character else { return false }
      if character == UInt8(ascii: ":") { colon = colon ?? decoded }
      if colon == nil, !character.isWordByte && !".@+ ".utf8.contains(character) { return false }
      if decoded == 0, !character.isASCIILetter { return false }
      hasLetter = hasLetter || colon != nil && character.isASCIILetter
      decoded += 1
    }
    guard let colon else { return false }
    return hasLetter && colon > 0 && decoded - colon > 4
  }

  private static func value(of byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
