extension FixedWidthInteger {
  /// Reads a whole number of decimal digits and nothing else: no sign, no blanks. `Int("+80")` is 80, and a reader in
  /// front of this one may have taken it for something else.
  package init?(digits text: some StringProtocol) {
    guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
    self.init(text)
  }
}
