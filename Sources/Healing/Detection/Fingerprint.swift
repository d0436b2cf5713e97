/// Groups errors that are the same fault: equal over varying numbers, ids, ports, paths and quoted values.
///
/// The text form is `v1:` and 16 hex digits: the version of the algorithm, then FNV-1a (64 bits) over the
/// error's type, a zero byte and its message with the varying parts replaced (docs/semantics.md).
public struct Fingerprint: Sendable, Hashable, Codable, CustomStringConvertible {
  /// `v1:0123456789abcdef`
  public let text: String

  /// As read back from a ledger.
  public init(text: String) { self.text = text }

  /// Of an error's type and message; of each the first 64 kB (65,536 bytes).
  public init(type: String, message: String) {
    var hash = FNV1a()
    hash.combine(type.utf8.prefix(TextWindow.length))
    hash.combine(CollectionOfOne(UInt8(0)))
    MessageShape.forEachByte(of: message) { hash.combine($0) }
    text = "v1:" + hash.hexadecimal
  }

  /// The text form.
  public var description: String { text }

  /// Reads the text form.
  public init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }

  /// Writes the text form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
