import Foundation
import Healing
import HealingServer

/// Why a line is invalid, for a message that names the line.
struct BadLine: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }

  /// - Parameters:
  ///   - field: a name that a line has.
  ///   - known: the names that it can have.
  init(unknown field: String, known: [String]) {
    let hint =
      Spelling.nearest(to: field, among: known).map { "did you mean \"\($0)\"?" }
      ?? "known fields: \(known.joined(separator: ", "))"
    problem = "\"\(field.prefix(40))\" is not a known field; \(hint)"
  }
}

/// The fields of a JSON object in one line, found in one pass over its bytes. Nested values stay unparsed, so a line of
/// numbers and short texts costs a fraction of what a decoder needs.
struct JSONLine {
  enum Value {
    /// A string without its quotes.
    case text(Range<Int>, hasEscapes: Bool)
    case number(Range<Int>)
    case bool(Bool)
    case null
    /// An array or an object with its brackets.
    case nested(Range<Int>)
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var keys: [Range<Int>] = []
  private var values: [Value] = []
  /// Where the next field is expected: fields are mostly read in the order of the line.
  private var expected = 0
  /// Number of fields that were found by their names.
  private var found = 0
  private var position = 0

  /// - Parameter bytes: valid as long as the line is used.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(BadLine) {
    self.bytes = bytes
    keys.reserveCapacity(20)
    values.reserveCapacity(20)
    try parse()
  }

  // MARK: Fields

  /// Returns a field; `nil` where the line does not have it.
  mutating func value(_ name: StaticString) -> Value? {
    find(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
  }

  mutating func value(_ name: String) -> Value? {
    var name = name
    return name.withUTF8 { find($0) }
  }

  private mutating func find(_ name: UnsafeBufferPointer<UInt8>) -> Value? {
    guard let address = name.baseAddress else { return nil }
    var index = expected
    for _ in keys.indices {
      if index >= keys.count { index = 0 }
      let key = keys[index]
      if key.count == name.count, let start = bytes.baseAddress,
        memcmp(start + key.lowerBound, address, name.count) == 0
      {
        expected = index + 1
        found += 1
        return values[index]
      }
      index += 1
    }
    return nil
  }

  /// Whether every field was asked for, if none was asked for twice.
  var isReadWhole: Bool { found == keys.count }

  /// Returns the error of the first field that is not one of the known ones; `nil` when there is none.
  func unknownField(known: [String]) -> BadLine? {
    keys.lazy.map { String(decoding: bytes[$0], as: UTF8.self) }.first { !known.contains($0) }
      .map { BadLine(unknown: $0, known: known) }
  }

  /// Returns the bytes of a value.
  func slice(_ range: Range<Int>) -> Slice<UnsafeBufferPointer<UInt8>> { bytes[range] }

  /// Returns the text of a string.
  func text(_ range: Range<Int>, hasEscapes: Bool) throws(BadLine) -> String {
    if hasEscapes {
      let quoted = bytes[(range.lowerBound - 1)..<(range.upperBound + 1)]
      guard let text = try? JSONDecoder().decode(String.self, from: Data(quoted)) else {
        throw BadLine("has a string that is not valid JSON")
      }
      return text
    }
    guard let text = String(validating: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self) else {
      throw BadLine("is not valid UTF-8")
    }
    return text
  }

  /// Decodes a nested value; `nil` when it is of another type.
  func decoded<Decoded: Decodable>(_ type: Decoded.Type, _ range: Range<Int>) -> Decoded? {
    try? JSONDecoder().decode(type, from: Data(bytes[range]))
  }

  /// Returns a whole number; `nil` for a fraction or one beyond 64 bits.
  func integer(_ range: Range<Int>) -> Int64? {
    let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
    var value: Int64 = 0
    for place in (range.lowerBound + (isNegative ? 1 : 0))..<range.upperBound {
      let digit = bytes[place] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      let (tens, isLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isLarger) = tens.subtractingReportingOverflow(Int64(digit))
      if isLarge || isLarger { return nil }
      value = sum
    }
    if isNegative { return value }
    return value == .min ? nil : -value
  }

  func double(_ range: Range<Int>) -> Double? { Double(String(decoding: bytes[range], as: UTF8.self)) }

  /// Returns milliseconds as microseconds, exact to the last digit; `nil` beyond 64 bits.
  func microseconds(_ range: Range<Int>) -> Int64? {
    guard let point = bytes[range].firstIndex(of: UInt8(ascii: ".")) else {
      if let whole = integer(range) {
        let (micros, isLarge) = whole.multipliedReportingOverflow(by: 1_000)
        return isLarge ? nil : micros
      }
      return double(range).flatMap { Int64(exactly: ($0 * 1_000).rounded()) }
    }
    // A whole part of -0 would lose the sign.
    if range.upperBound - point <= 4, bytes[range.lowerBound] != UInt8(ascii: "-"),
      let whole = integer(range.lowerBound..<point)
    {
      var micros: Int64 = 0
      for place in 1...3 {
        let digit = point + place < range.upperBound ? bytes[point + place] &- UInt8(ascii: "0") : 0
        guard digit < 10 else { return double(range).flatMap { Int64(exactly: ($0 * 1_000).rounded()) } }
        micros = micros * 10 + Int64(digit)
      }
      let (thousands, isLarge) = whole.multipliedReportingOverflow(by: 1_000)
      return isLarge ? nil : thousands.addingReportingOverflow(micros).partialValue
    }
    return double(range).flatMap { Int64(exactly: ($0 * 1_000).rounded()) }
  }

  // MARK: Parsing (RFC 8259)

  private var byte: UInt8 { position < bytes.count ? bytes[position] : 0 }

  private static let notJSON = BadLine("is not a JSON object")

  private mutating func skipSpace() {
    while byte == 0x20 || byte == 0x09 || byte == 0x0D { position += 1 }
  }

  private mutating func parse() throws(BadLine) {
    skipSpace()
    guard byte == UInt8(ascii: "{") else { throw Self.notJSON }
    position += 1
    skipSpace()
    if byte == UInt8(ascii: "}") {
      position += 1
    } else {
      while true {
        skipSpace()
        guard case .text(let key, false) = try string() else {
          throw BadLine("has a name with escapes")
        }
        for former in keys where former.count == key.count && bytes[former].elementsEqual(bytes[key]) {
          throw BadLine("has \"\(String(decoding: bytes[key], as: UTF8.self).prefix(40))\" twice")
        }
        skipSpace()
        guard byte == UInt8(ascii: ":") else { throw Self.notJSON }
        position += 1
        skipSpace()
        keys.append(key)
        values.append(try value())
        guard keys.count <= 64 else { throw BadLine("has more than 64 fields") }
        skipSpace()
        let separator = byte
        position += 1
        if separator == UInt8(ascii: "}") { break }
        guard separator == UInt8(ascii: ",") else { throw Self.notJSON }
      }
    }
    skipSpace()
    guard position == bytes.count else { throw Self.notJSON }
  }

  private mutating func value() throws(BadLine) -> Value {
    switch byte {
    case UInt8(ascii: "\""): return try string()
    case UInt8(ascii: "{"), UInt8(ascii: "["): return try nested()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: StaticString, _ value: Value) throws(BadLine) -> Value {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count, let start = bytes.baseAddress,
      memcmp(start + position, word.utf8Start, word.utf8CodeUnitCount) == 0
    else { throw Self.notJSON }
    position = end
    return value
  }

  private mutating func string() throws(BadLine) -> Value {
    guard byte == UInt8(ascii: "\"") else { throw Self.notJSON }
    position += 1
    let start = position
    var hasEscapes = false
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return .text(start..<(position - 1), hasEscapes: hasEscapes)
      }
      guard byte >= 0x20 else { throw BadLine("has a control character in a string") }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        position += 1
      }
      position += 1
    }
    throw Self.notJSON
  }

  private mutating func number() throws(BadLine) -> Value {
    let start = position
    func digits(_ line: inout JSONLine) throws(BadLine) {
      let first = line.position
      while line.byte &- UInt8(ascii: "0") < 10 { line.position += 1 }
      guard line.position > first else { throw Self.notJSON }
    }
    if byte == UInt8(ascii: "-") { position += 1 }
    if byte == UInt8(ascii: "0") { position += 1 } else { try digits(&self) }
    if byte == UInt8(ascii: ".") {
      position += 1
      try digits(&self)
    }
    if byte | 0x20 == UInt8(ascii: "e") {
      position += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
      try digits(&self)
    }
    return .number(start..<position)
  }

  /// Finds the end of an array or an object. Its decoder judges the rest.
  private mutating func nested() throws(BadLine) -> Value {
    let start = position
    var depth = 0
    repeat {
      switch byte {
      case UInt8(ascii: "\""):
        _ = try string()
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      position += 1
    } while depth > 0 && position < bytes.count
    guard depth == 0 else { throw Self.notJSON }
    if let problem = JSONShape.problem(of: Array(bytes[start..<position])) {
      throw BadLine(String(problem.detail.trimmingPrefix("the body ")))
    }
    return .nested(start..<position)
  }
}
