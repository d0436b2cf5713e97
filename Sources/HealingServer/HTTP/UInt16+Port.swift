import Healing

extension UInt16 {
  /// Reads the number of a port, 1 to 65535, of one to five digits.
  package init?(port text: some StringProtocol) {
    guard text.utf8.count <= 5, let port = UInt16(digits: text), port > 0 else { return nil }
    self = port
  }
}
