/// An escape sequence for one ASCII character.
struct Escape {
  enum Kind: UInt8 {
    /// `\n`, `\"`, `\u0022`, `\x22`, and `""` of CSV and SQL
    case backslash
    /// `%22`
    case percent
    /// `&quot;`, `&#34;`
    case entity
    /// `：`, a no-break space: a character that resembles an ASCII character
    case lookalike
    /// An invisible sequence: a terminal color, a zero-width space
    case hidden
  }

  let kind: Kind
  /// The decoded byte; 0 for an invisible sequence.
  let byte: UInt8
  /// Length of the escape in bytes.
  let length: Int

  init?(in bytes: UnsafeBufferPointer<UInt8>, at index: Int) {
    switch bytes[index] {
    case UInt8(ascii: "\\"): self.init(backslashIn: bytes, at: index)
    case UInt8(ascii: "%"): self.init(.percent, hexadecimalIn: bytes, at: index + 1, digits: 2)
    case UInt8(ascii: "&"): self.init(entityIn: bytes, at: index)
    case UInt8(ascii: "\""), UInt8(ascii: "'"): self.init(doubledQuoteIn: bytes, at: index)
    case Self.controlLead: self.init(controlIn: bytes, at: index)
    case 0xC2, 0xE2, 0xEF: self.init(scalarIn: bytes, at: index)
    default: return nil
    }
  }

  /// Returns whether a text contains an escape.
  static func isIn(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    isIn(bytes, UInt8(ascii: "\\")) || isIn(bytes, UInt8(ascii: "%")) || isIn(bytes, UInt8(ascii: "&"))
      || isIn(bytes, UInt8(ascii: "\"")) || isIn(bytes, UInt8(ascii: "'")) || isIn(bytes, controlLead)
      || !isASCII(bytes) && (isIn(bytes, 0xC2) || isIn(bytes, 0xE2) || isIn(bytes, 0xEF))
  }

  private static func isASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool { bytes.reduce(0, |) < 0x80 }

  /// The byte `ESC`, which begins a terminal control sequence.
  private static let controlLead: UInt8 = 0x1B

  private static func isIn(_ bytes: UnsafeBufferPointer<UInt8>, _ lead: UInt8) -> Bool {
    var start = 0
    while let index = CLibrary.index(of: lead, in: bytes, from: start) {
      if Escape(in: bytes, at: index) != nil { return true }
      start = index + 1
    }
    return false
  }

  /// Returns whether the sequence is an escape in its context: in `\\"` of JSON, the backslash that was itself
  /// escaped does not escape a plain quote.
  func applies(_ lead: EscapeLevel, before next: EscapeLevel) -> Bool {
    !byte.isQuote || length > 2 || next.depth >= lead.depth
  }

  private init?(backslashIn bytes: UnsafeBufferPointer<UInt8>, at index: Int) {
    guard index + 1 < bytes.count else { return nil }
    switch bytes[index + 1] {
    case UInt8(ascii: "u"): self.init(.backslash, hexadecimalIn: bytes, at: index + 2, digits: 4)
    case UInt8(ascii: "x"): self.init(.backslash, hexadecimalIn: bytes, at: index + 2, digits: 2)
    case UInt8(ascii: "n"): self.init(kind: .backslash, byte: UInt8(ascii: "\n"), length: 2)
    case UInt8(ascii: "r"): self.init(kind: .backslash, byte: UInt8(ascii: "\r"), length: 2)
    case UInt8(ascii: "t"): self.init(kind: .backslash, byte: UInt8(ascii: "\t"), length: 2)
    case let byte where byte.isQuote || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "/"):
      self.init(kind: .backslash, byte: byte, length: 2)
    default: return nil
    }
  }

  /// Parses a color or style: `ESC[31m`, `ESC[0m`.
  private init?(controlIn bytes: UnsafeBufferPointer<UInt8>, at index: Int) {
    guard index + 2 < bytes.count, bytes[index + 1] == UInt8(ascii: "[") else { return nil }
    let end = bytes[(index + 2)...].prefix(Self.longestControl)
      .firstIndex { !$0.isASCIIDigit && $0 != UInt8(ascii: ";") }
    guard let end, bytes[end] == UInt8(ascii: "m") || bytes[end] == UInt8(ascii: "K") else { return nil }
    self.init(kind: .hidden, byte: 0, length: end + 1 - index)
  }

  /// Maximum number of bytes between `ESC[` and the letter.
  private static let longestControl = 24

  /// Parses an invisible character, or one that resembles an ASCII character, of two or three bytes.
  private init?(scalarIn bytes: UnsafeBufferPointer<UInt8>, at index: Int) {
    guard index + 1 < bytes.count else { return nil }
    let second = bytes[index + 1]
    if bytes[index] == 0xC2 {
      guard second & 0xC0 == 0x80 else { return nil }
      self.init(scalar: UInt32(second), length: 2)
    } else {
      guard index + 2 < bytes.count, second & 0xC0 == 0x80, bytes[index + 2] & 0xC0 == 0x80 else {
        return nil
      }
      self.init(
        scalar: UInt32(bytes[index] & 0xF) << 12 | UInt32(second & 0x3F) << 6
          | UInt32(bytes[index + 2] & 0x3F),
        length: 3)
    }
  }

  private init?(scalar: UInt32, length: Int) {
    switch scalar {
    case 0xA0, 0x202F: self.init(kind: .lookalike, byte: UInt8(ascii: " "), length: length)
    case 0xFF01...0xFF5E:
      self.init(kind: .lookalike, byte: UInt8(truncatingIfNeeded: scalar - 0xFEE0), length: length)
    case 0xAD, 0x200B...0x200F, 0x2060, 0xFEFF: self.init(kind: .hidden, byte: 0, length: length)
    default: return nil
    }
  }

  /// Parses a doubled quote before or after a quoted text. `""` between punctuation marks is an empty string, and
  /// so is `b""`.
  private init?(doubledQuoteIn bytes: UnsafeBufferPointer<UInt8>, at index: Int) {
    guard index > 0, index + 2 < bytes.count, bytes[index + 1] == bytes[index] else { return nil }
    let previous = bytes[index - 1]
    let next = bytes[index + 2]
    let isOpening = next.isWordByte || next.isOpener
    let isClosing =
      previous != bytes[index] && !previous.isSpace && !previous.isOpener
      && !":,=@<>+".utf8.contains(previous)
    let isPrefixed =
      "bBuUrRfL".utf8.contains(previous) && !isOpening
      && (index == 1 || !bytes[index - 2].isWordByte && !bytes[index - 2].isQuote)
    guard isOpening || isClosing, !isPrefixed else { return nil }
    self.init(kind: .backslash, byte: bytes[index], length: 2)
  }

  /// - Parameter start: index of the first digit, after a lead of one byte (`%`) or two (`\u`).
  private init?(_ kind: Kind, hexadecimalIn bytes: UnsafeBufferPointer<UInt8>, at start: Int, digits: Int) {
    guard start + digits <= bytes.count else { return nil }
    var value = 0
    for byte in bytes[start..<start + digits] {
      guard let digit = byte.hexadecimalDigit else { return nil }
      value = value << 4 | digit
    }
    if kind == .backslash && digits == 4 && value > 0x7F {
      self.init(scalar: UInt32(value), length: 6)
      return
    }
    // The scan reads ASCII words only, so escapes such as `\u00e9` stay.
    guard let byte = UInt8(exactly: value), byte < 0x80 || kind == .percent else { return nil }
    self.init(kind: kind, byte: byte, length: digits + (kind == .percent ? 1 : 2))
  }

  private init?(entityIn bytes: UnsafeBufferPointer<UInt8>, at index: Int) {
    for (entity, byte) in Self.entities where bytes[index...].starts(with: entity) {
      self.init(kind: .entity, byte: byte, length: entity.utf8CodeUnitCount)
      return
    }
    return nil
  }

  private init(kind: Kind, byte: UInt8, length: Int) {
    self.kind = kind
    self.byte = byte
    self.length = length
  }

  private static let entities: [(StaticString, UInt8)] = [
    ("&quot;", UInt8(ascii: "\"")), ("&#34;", UInt8(ascii: "\"")), ("&#x22;", UInt8(ascii: "\"")),
    ("&apos;", UInt8(ascii: "'")), ("&#39;", UInt8(ascii: "'")), ("&#039;", UInt8(ascii: "'")),
    ("&#x27;", UInt8(ascii: "'")), ("&lt;", UInt8(ascii: "<")), ("&gt;", UInt8(ascii: ">")),
    ("&#60;", UInt8(ascii: "<")), ("&#62;", UInt8(ascii: ">")), ("&amp;", UInt8(ascii: "&")),
    ("&#38;", UInt8(ascii: "&")), ("&#61;", UInt8(ascii: "=")), ("&#10;", UInt8(ascii: "\n")),
  ]
}
