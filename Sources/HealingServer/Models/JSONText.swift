import Foundation

/// How values are put on the wire: names in snake_case, keys in a fixed order, and characters that steer a terminal escaped:
/// a client may print an answer as it is.
enum JSONText {
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = try encoder.encode(value)
    guard text.contains(where: { $0 >= 0x7F }) else { return Array(text) }
    return Array(TerminalText.json(String(decoding: text, as: UTF8.self)).utf8)
  }

  /// The most bytes of text that an answer should have: while it is made they are in memory several times over.
  static let longestAnswer = 8 * 1_024 * 1_024

  /// How many bytes a text takes, with what has to be escaped.
  static func size(of text: String) -> Int {
    text.utf8.reduce(0) { size, byte in
      size + (byte < 0x20 ? 6 : byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 2 : 1)
    }
  }

  static func response(_ value: some Encodable) throws -> HTTPResponse {
    HTTPResponse(contentType: "application/json", body: .bytes(try encode(value)))
  }
}
