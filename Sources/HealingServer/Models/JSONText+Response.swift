import Foundation
import Healing

extension JSONText {
  /// The most bytes of text that an answer should have: while it is made they are in memory several times over.
  static let longestAnswer = 8 * 1_024 * 1_024

  static func response(_ value: some Encodable) throws -> HTTPResponse {
    HTTPResponse(contentType: "application/json", body: .bytes(try encode(value)))
  }

  /// An object with one long member, an object whose names are components. It is encoded entry by entry: what the encoder
  /// needs for an entry is many times the entry's text.
  /// - Parameters:
  ///   - rest: encodes as an object of the other members, of which there is at least one.
  ///   - name: of the long member.
  ///   - items: what has an entry each; no component has two.
  ///   - entry: the component and what is said of it.
  static func response<Item, Entry: Encodable>(
    _ rest: some Encodable, _ name: String, of items: [Item], _ entry: (Item) -> (ComponentName, Entry)
  ) throws -> HTTPResponse {
    try response(rest, name, "{", items, "}") { item, bytes, encoder in
      let (component, value) = entry(item)
      // Of the characters that a component's name may have none is escaped in JSON.
      bytes += "\"\(component.text)\":".utf8
      try append(value, to: &bytes, encoder)
    }
  }

  /// The same, where the long member is a list.
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
