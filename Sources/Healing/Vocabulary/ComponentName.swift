/// The name of a component, compared, ordered and stored by its text.
///
/// A valid name has 1…200 characters: ASCII letters and digits, `_ - . : /`, and `%` as part of an escape.
/// ``init(validating:)`` accepts only valid names. ``init(_:)`` and string literals accept every text and escape
/// the characters that a name cannot contain. Creating a name registers no component and uses no memory beyond the
/// value.
public struct ComponentName: Sendable {
  /// The name as text.
  public let text: String
  /// Hash of the text, computed once because calls by name look up their component.
  private let hash: Int

  /// Maximum number of characters in a name.
  public static let maximumLength = 200

  /// Makes a name from any text. Different texts give different names:
  ///
  /// - A text of 1…200 allowed characters becomes the name unchanged.
  /// - Every other byte of the text's UTF-8, `%` included, becomes `%` and two upper-case hexadecimal digits:
  ///   `"tenant 42"` is `tenant%2042`, `"50%"` is `50%25`.
  /// - An empty text, or one longer than 200 characters after escaping, becomes its first part, `%-` and 32
  ///   hexadecimal digits: half of the SHA-256 of the text.
  ///
  /// This initializer escapes the `%` of ``text`` again. Use ``init(validating:)`` to read a name back, and to
  /// reject input that a person can still correct.
  public init(_ text: String) {
    self.init(stored: Self.isPlain(text) ? text : EscapedName.escape(text, limit: Self.maximumLength))
  }

  /// Accepts a valid name unchanged.
  /// - Throws: ``InvalidComponentNameError``.
  public init(validating name: String) throws(InvalidComponentNameError) {
    guard Self.isValid(name) else { throw InvalidComponentNameError(name: name) }
    self.init(stored: name)
  }

  /// Makes a name exactly as a ledger stores it, valid or not, so that a lookup finds the same row.
  package init(stored name: String) {
    text = name
    hash = name.hashValue
  }

  package static func isValid(_ name: String) -> Bool {
    isPlain(name) || ((1...maximumLength).contains(name.utf8.count) && EscapedName.isEscaped(name))
  }

  private static func isPlain(_ name: String) -> Bool {
    (1...maximumLength).contains(name.utf8.count) && name.utf8.allSatisfy(isAllowed)
  }

  static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: ":"), UInt8(ascii: "/"):
      true
    default: false
    }
  }
}

extension ComponentName: Hashable {
  /// Compares the texts.
  public static func == (a: ComponentName, b: ComponentName) -> Bool { a.hash == b.hash && a.text == b.text }

  /// Hashes the text.
  public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

extension ComponentName: ExpressibleByStringLiteral, CustomStringConvertible, Comparable {
  /// Same as ``init(_:)``.
  public init(stringLiteral value: String) { self.init(value) }

  /// The name as text.
  public var description: String { text }

  /// Orders by text.
  public static func < (a: ComponentName, b: ComponentName) -> Bool { a.text < b.text }
}

extension ComponentName: Codable {
  /// Reads a string and validates it.
  public init(from decoder: any Decoder) throws {
    try self.init(validating: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// A component name is empty, too long or contains a character that is not allowed.
public struct InvalidComponentNameError: Error, CustomStringConvertible {
  /// The name as given.
  public let name: String

  /// One line with the rule.
  public var description: String {
    "'\(name.prefix(80))' is not a component name: \(Self.rule)"
  }

  /// The rule for names, worded as an instruction.
  package static let rule =
    "use 1 to \(ComponentName.maximumLength) letters, digits, _ - . : / and bytes escaped as %20"
}
