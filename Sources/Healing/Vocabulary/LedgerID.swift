/// The id of a row of history: an integer that sorts by the time it was given out.
///
/// Layout, from the top: 41 bits milliseconds since 2025-01-01T00:00:00Z, 12 bits that tell the
/// processes writing to one ledger apart, 10 bits counting within the millisecond.
public struct LedgerID: Sendable, Hashable, Comparable {
  /// The integer as stored.
  public let rawValue: Int64

  /// Wraps a stored integer.
  public init(rawValue: Int64) { self.rawValue = rawValue }

  /// The wall-clock time at which the id was given out, to the millisecond. An id that ran ahead of its clock has a later one.
  var time: Timestamp {
    Timestamp(microseconds: ((rawValue >> 22) + LedgerIDGenerator.epochMilliseconds) * 1_000)
  }

  /// Orders by the time given out.
  public static func < (a: LedgerID, b: LedgerID) -> Bool { a.rawValue < b.rawValue }
}

/// An optional id in eight bytes: no row has the id 0.
struct OptionalLedgerID: Sendable, Hashable, Codable {
  private var rawValue: Int64

  init(_ id: LedgerID?) { rawValue = id?.rawValue ?? 0 }

  var id: LedgerID? {
    get { rawValue == 0 ? nil : LedgerID(rawValue: rawValue) }
    set { rawValue = newValue?.rawValue ?? 0 }
  }
}

// Coded as an optional is: left out when there is none.

extension KeyedEncodingContainer {
  mutating func encode(_ value: OptionalLedgerID, forKey key: Key) throws {
    try encodeIfPresent(value.id, forKey: key)
  }
}

extension KeyedDecodingContainer {
  func decode(_ type: OptionalLedgerID.Type, forKey key: Key) throws -> OptionalLedgerID {
    OptionalLedgerID(try decodeIfPresent(LedgerID.self, forKey: key))
  }
}

extension LedgerID: CustomStringConvertible, LosslessStringConvertible {
  /// Reads the decimal form.
  public init?(_ description: String) {
    guard let value = description.hasPrefix("-") ? Int64(description) : Int64(digits: description) else {
      return nil
    }
    self.rawValue = value
  }

  /// Decimal digits.
  public var description: String { String(rawValue) }
}

extension LedgerID: Codable {
  /// Reads the decimal string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = LedgerID(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a ledger id")
    }
    self = id
  }

  /// Writes the decimal form as a string: JSON numbers lose digits past 2^53.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
