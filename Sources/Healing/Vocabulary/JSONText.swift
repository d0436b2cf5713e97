package import Foundation

/// The JSON encoding of responses: names in snake_case, sorted keys, and terminal control characters escaped,
/// so that a client can print a response as it is.
package enum JSONText {
  package static func encode(_ value: some Encodable) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try append(value, to: &bytes, makeEncoder())
    return bytes
  }

  package static func makeEncoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  package static func append(_ value: some Encodable, to bytes: inout [UInt8], _ encoder: JSONEncoder) throws
  {
    let text = try encoder.encode(value)
    if text.contains(where: { $0 >= 0x7F }) {
      bytes += TerminalText.json(String(decoding: text, as: UTF8.self)).utf8
    } else {
      bytes += text
    }
  }

  /// Returns the length of a text in JSON, in bytes, with its escapes.
  package static func size(of text: String) -> Int {
    text.utf8.reduce(0) { size, byte in
      size + (byte < 0x20 ? 6 : byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 2 : 1)
    }
  }
}
