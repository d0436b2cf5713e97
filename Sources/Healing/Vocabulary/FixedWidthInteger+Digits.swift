extension FixedWidthInteger {
  /// Parses a text of decimal digits only: no sign, no spaces. `Int("+80")` is 80, and a parser upstream may read
  /// that text differently.
  package init?(digits text: some StringProtocol) {
    guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
    self.init(text)
  }
}
