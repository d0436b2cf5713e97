extension UInt8 {
  var isUppercaseLetter: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }
  var isLowercaseLetter: Bool { self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") }
  var isASCIILetter: Bool { isUppercaseLetter || isLowercaseLetter }
  var isASCIIDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

  /// In lower case when it is an ASCII capital, else as it is.
  var lowercasedLetter: UInt8 { isUppercaseLetter ? self | 0x20 : self }
}
