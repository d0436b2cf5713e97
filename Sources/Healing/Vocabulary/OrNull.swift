/// Encodes a missing value as `null`; a plain optional would be left out.
package struct OrNull<Value: Encodable & Sendable>: Encodable, Sendable {
  package let value: Value?

  package init(_ value: Value?) { self.value = value }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}
