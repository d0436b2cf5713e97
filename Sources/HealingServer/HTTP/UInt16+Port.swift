import Healing

extension UInt16 {
  /// Parses a port number, 1 to 65535, of one to five digits.
  package init?(port text: some StringProtocol) {
    guard text.utf8.count <= 5, let port = UInt16(digits: text), port > 0 else { return nil }
    self = port
  }
}
