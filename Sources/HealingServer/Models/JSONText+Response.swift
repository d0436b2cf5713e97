import Foundation
import Healing

extension JSONText {

  /// Target size limit for the text of a response, in bytes. While a response is built, several copies of it
  /// are in memory.
  static let longestAnswer = 8 * 1_024 * 1_024

  static func response(_ value: some Encodable) throws -> HTTPResponse {
    HTTPResponse(contentType: "application/json", body: .bytes(try encode(value)))
  }

  /// Returns an object whose last member is a large object with component names as keys. Encodes entry by
  /// entry, because the encoder needs many times an entry's text in memory.
  /// - Parameters:
  ///   - rest: encodes as an object of the other members, at least one.
  ///   - name: name of the large member.
  ///   - items: items with one entry each; component names are unique.
  ///   - entry: returns the component and the value of its entry.
  static func response<Item, Entry: Encodable>(
    _ rest: some Encodable, _ name: String, of items: [Item], _ entry: (Item) -> (ComponentName, Entry)
  ) throws -> HTTPResponse {
    try response(rest, name, "{", items, "}") { item, bytes, encoder in
      let (component, value) = entry(item)
      // Component names have no character that JSON escapes.
      bytes += "\"\(component.text)\":".utf8
      try append(value, to: &bytes, encoder)
    }
  }

  /// The same, with a list as the large member.
  static func response<Item>(
    _ rest: some Encodable, _ name: String, list items: [Item], _ entry: (Item) -> some Encodable
  ) throws -> HTTPResponse {
    try response(rest, name, "[", items, "]") { item, bytes, encoder in
      try append(entry(item), to: &bytes, encoder)
    }
  }

  private static func response<Item>(
    _ rest: some Encodable, _ name: String, _ opening: String, _ items: [Item], _ closing: String,
    _ add: (Item, inout [UInt8], JSONEncoder) throws -> Void
  ) throws -> HTTPResponse {
    var bytes = try encode(rest)
    bytes.removeLast()
    bytes += ",\"\(name)\":\(opening)".utf8
    let encoder = makeEncoder()
    for (index, item) in items.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      try add(item, &bytes, encoder)
    }
    bytes += "\(closing)}".utf8
    return HTTPResponse(contentType: "application/json", body: .bytes(bytes))
  }
}
