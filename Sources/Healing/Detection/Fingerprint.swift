/// Identifies the same fault: equal for errors of one type and category whose messages differ only in numbers, ids,
/// ports, paths and quoted values.
///
/// The text form is `v2:` and 16 hex digits: the version of the algorithm, then FNV-1a (64 bits) over the error's
/// type, a zero byte, its message with the varying parts replaced, a zero byte and the category's name
/// (docs/semantics.md). Rows of earlier releases keep `v1:`, which excludes the category.
public struct Fingerprint: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The text form, such as `v2:0123456789abcdef`.
  public let text: String

  /// Makes a fingerprint from a ledger's text form.
  public init(text: String) { self.text = text }

  /// Computes the fingerprint of an error's type, message and category. Reads the first 64 kB (65,536 bytes) of
  /// type and message each.
  public init(type: String, message: String, category: ErrorCategory) {
    var hash = FNV1a()
    hash.combine(type.utf8.prefix(TextWindow.length))
    hash.combine(CollectionOfOne(UInt8(0)))
    MessageShape.forEachByte(of: message) { hash.combine($0) }
    hash.combine(CollectionOfOne(UInt8(0)))
    hash.combine(category.rawValue.utf8)
    text = "v2:" + hash.hexadecimal
  }

  /// The text form.
  public var description: String { text }

  /// Decodes the text form.
  public init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }

  /// Encodes the text form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
