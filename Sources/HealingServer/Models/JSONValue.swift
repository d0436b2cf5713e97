import Foundation

/// A JSON value, for reading a body field by field.
enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Parses a text in linear time.
  /// - Throws: the parser's error.
  init(parsing text: Data) throws {
    self.init(try JSONSerialization.jsonObject(with: text, options: .fragmentsAllowed))
  }

  /// Number of names in all nested objects.
  var names: Int {
    switch self {
    case .array(let items): items.reduce(0) { $0 + $1.names }
    case .object(let fields): fields.values.reduce(fields.count) { $0 + $1.names }
    default: 0
    }
  }

  private init(_ value: Any) {
    switch value {
    case let text as String: self = .string(text)
    case let number as NSNumber: self.init(number)
    case let items as [Any]: self = .array(items.map(JSONValue.init))
    case let fields as [String: Any]: self = .object(fields.mapValues(JSONValue.init))
    default: self = .null
    }
  }

  private init(_ number: NSNumber) {
    switch number.objCType.pointee {
    // Of the parser's numbers, only booleans have this type.
    case CChar(bitPattern: UInt8(ascii: "c")), CChar(bitPattern: UInt8(ascii: "B")):
      self = .bool(number.boolValue)
    case CChar(bitPattern: UInt8(ascii: "i")), CChar(bitPattern: UInt8(ascii: "q")):
      self = .integer(number.int64Value)
    // 1.0 is the integer 1. Beyond 2^53 a double no longer identifies one integer.
    default:
      let double = number.doubleValue
      self =
        Int64(exactly: double).flatMap { $0.magnitude <= 1 << 53 ? .integer($0) : nil } ?? .number(double)
    }
  }
}

/// Decodes JSON5, which Foundation supports only in its decoder. Each failed decoding attempt costs more the
/// deeper the value is nested, so this is for the configuration and not for requests.
extension JSONValue: Decodable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }
}
