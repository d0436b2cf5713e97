/// A text without the escapes of JSON, string literals, URLs and HTML, with the source position of each byte.
///
/// ``SecretScan`` reads this view, so `password%3Dx`, `{\"password\":\"x\"}` and `&lt;password&gt;x` need no
/// separate rules. Nested escapes are decoded up to ``deepest`` levels.
struct DecodedText {
  /// Maximum number of passes of the decoder over its own output.
  static let deepest: UInt8 = 5

  private(set) var bytes: [UInt8]
  /// By byte, its start in the source; then the end of the last byte.
  private(set) var origins: [Int32]
  /// By byte, how it was written.
  private(set) var levels: [EscapeLevel]

  /// Decodes a text; `nil` for a source without escapes, which is its own decoded text.
  init?(_ source: UnsafeBufferPointer<UInt8>) {
    guard Escape.isIn(source) else { return nil }
    bytes = Array(source)
    origins = (0...source.count).map { Int32(truncatingIfNeeded: $0) }
    levels = Array(repeating: .raw, count: source.count)
    var depth: UInt8 = 1
    while depth <= Self.deepest && Self.decode(&bytes, &origins, &levels, depth: depth) { depth += 1 }
  }

  /// Decodes one layer of escapes. Returns whether the text became shorter, that is, whether there were any.
  private static func decode(
    _ bytes: inout [UInt8], _ origins: inout [Int32], _ levels: inout [EscapeLevel], depth: UInt8
  ) -> Bool {
    var count = 0
    var index = 0
    bytes.withUnsafeMutableBufferPointer { bytes in
      let source = UnsafeBufferPointer(bytes)
      while index < source.count {
        var byte = source[index]
        var level = levels[index]
        var length = 1
        if let escape = Escape(in: source, at: index),
          escape.applies(levels[index], before: levels[min(index + 1, levels.count - 1)])
        {
          byte = escape.byte
          length = escape.length
          switch escape.kind {
          case .hidden:
            index += length
            continue
          case .lookalike: break
          default: level = EscapeLevel(depth: depth, kind: escape.kind)
          }
        }
        bytes[count] = byte
        levels[count] = level
        origins[count] = origins[index]
        count += 1
        index += length
      }
    }
    let removed = index - count
    origins[count] = origins[index]
    bytes.removeLast(removed)
    levels.removeLast(removed)
    origins.removeLast(removed)
    return removed > 0
  }
}

/// How a byte of a ``DecodedText`` was written: literally or as an escape.
struct EscapeLevel {
  /// Number of the decoder's pass that produced the byte; 0 for a literal byte.
  let depth: UInt8
  let kind: Escape.Kind

  static let raw = EscapeLevel(depth: 0, kind: .backslash)
}
