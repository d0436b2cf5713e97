/// Identifies the same fault: equal for errors of one type and category whose messages differ only in numbers, ids,
/// ports, paths and quoted values.
///
/// The text form is `v2:` and 16 hex digits: the version of the algorithm, then FNV-1a (64 bits) over the error's
/// type, a zero byte, its message with the varying parts replaced, a zero byte and the category's name
/// (docs/semantics.md). Rows of earlier releases keep `v1:`, which excludes the category.
public struct Fingerprint: Sendable, Hashable, Codable, CustomStringConvertible {
  /// A hash is kept as its number: errors are copied on their way to the ledger, and a text of 19 bytes would be a
  /// reference to count in each copy.
  private enum Form: Sendable, Hashable {
    case hash(version: UInt8, UInt64)
    case text(String)
  }
  private let form: Form

  /// The text form, such as `v2:0123456789abcdef`.
  public var text: String {
    switch form {
    case .hash(let version, let value): "v\(version):" + FNV1a.hexadecimal(value)
    case .text(let text): text
    }
  }

  /// Makes a fingerprint from a ledger's text form.
  public init(text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    // Only what is written back unchanged is a hash: one digit, and 16 lower-case hex digits.
    if parts.count == 2, parts[0].count == 2, parts[0].first == UInt8(ascii: "v"),
      let version = parts[0].last, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(version),
      parts[1].count == 16,
      parts[1].allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }),
      let value = UInt64(String(Substring(parts[1])), radix: 16)
    {
      form = .hash(version: version - UInt8(ascii: "0"), value)
    } else {
      form = .text(text)
    }
  }

  /// Computes the fingerprint of an error's type, message and category. Reads the first 64 kB (65,536 bytes) of
  /// type and message each.
  public init(type: String, message: String, category: ErrorCategory) {
    var hash = FNV1a()
    hash.combine(type.utf8.prefix(TextWindow.length))
    hash.combine(CollectionOfOne(UInt8(0)))
    MessageShape.forEachByte(of: message) { hash.combine($0) }
    hash.combine(CollectionOfOne(UInt8(0)))
    hash.combine(category.rawValue.utf8)
    form = .hash(version: 2, hash.value)
  }

  /// The text form.
  public var description: String { text }

  /// Decodes the text form.
  public init(from decoder: any Decoder) throws {
    self.init(text: try decoder.singleValueContainer().decode(String.self))
  }

  /// Encodes the text form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
