/// Header fields in the order of arrival. Names compare case-insensitively.
package struct HTTPHeaders: Sendable {
  package private(set) var fields: [(name: String, value: String)]

  package init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

  /// The value of the first field with this name.
  package subscript(name: String) -> String? { fields.first { Self.equal($0.name, name) }?.value }

  package mutating func add(_ name: String, _ value: String) { fields.append((name, value)) }

  /// Compares ASCII case-insensitively; names have no other letters.
  static func equal(_ a: some StringProtocol, _ b: some StringProtocol) -> Bool {
    a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).allSatisfy { $0 == $1 || lowered($0) == lowered($1) }
  }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
