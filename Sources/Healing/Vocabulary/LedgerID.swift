/// The id of a history row: an integer that sorts by the time of issue.
///
/// Bits from the top: 41 of milliseconds since 2025-01-01T00:00:00Z, 12 of the node that distinguishes the
/// processes writing to one ledger, 10 of a counter within the millisecond.
public struct LedgerID: Sendable, Hashable, Comparable {
  /// The integer as stored.
  public let rawValue: Int64

  /// Wraps a stored integer.
  public init(rawValue: Int64) { self.rawValue = rawValue }

  /// Wall-clock time of issue, in whole milliseconds. Later than the actual time when the generator ran ahead of
  /// the clock.
  var time: Timestamp {
    Timestamp(microseconds: ((rawValue >> 22) + LedgerIDGenerator.epochMilliseconds) * 1_000)
  }

  /// Orders by time of issue.
  public static func < (a: LedgerID, b: LedgerID) -> Bool { a.rawValue < b.rawValue }
}

/// An optional id in eight bytes: no row has the id 0.
struct OptionalLedgerID: Sendable, Hashable {
  private var rawValue: Int64

  init(_ id: LedgerID?) { rawValue = id?.rawValue ?? 0 }

  var id: LedgerID? {
    get { rawValue == 0 ? nil : LedgerID(rawValue: rawValue) }
    set { rawValue = newValue?.rawValue ?? 0 }
  }
}

extension LedgerID: CustomStringConvertible, LosslessStringConvertible {
  /// Parses the decimal form.
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
  /// Decodes the decimal form from a string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = LedgerID(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a ledger id")
    }
    self = id
  }

  /// Encodes the decimal form as a string: JSON numbers lose digits past 2^53.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
