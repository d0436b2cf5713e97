import Foundation

/// How values are put on the wire: names in snake_case, keys in a fixed order.
enum JSONText {
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
  }

  static func response(_ value: some Encodable) throws -> HTTPResponse {
    HTTPResponse(contentType: "application/json", body: .bytes(try encode(value)))
  }
}
