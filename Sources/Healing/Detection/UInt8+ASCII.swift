extension UInt8 {
  var isUppercaseLetter: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }
  var isLowercaseLetter: Bool { self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") }
  var isASCIILetter: Bool { isUppercaseLetter || isLowercaseLetter }
  var isASCIIDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

  /// The lower-case letter of an ASCII capital; other bytes unchanged.
  var lowercasedLetter: UInt8 { isUppercaseLetter ? self | 0x20 : self }

  /// Whether the byte is part of a name: a letter, a digit, `_` or `-`.
  var isWordByte: Bool {
    // One bit per ASCII character.
    let set: UInt64 = self < 64 ? 0x03FF_2000_0000_0000 : 0x07FF_FFFE_87FF_FFFE
    return self < 128 && set >> UInt64(self & 63) & 1 != 0
  }

  var isQuote: Bool { self == UInt8(ascii: "\"") || self == UInt8(ascii: "'") }
  var isSpace: Bool { self <= 0x20 }

  /// The value of a hexadecimal digit.
  var hexadecimalDigit: Int? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self) - 48
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self) - 87
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self) - 55
    default: nil
    }
  }
}
