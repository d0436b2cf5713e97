package import Foundation
package import Healing

/// Reads the fields of a request or of a configuration by name and collects all validation errors for one
/// response.
package final class FieldReader {
  private final class Findings {
    var fields: [ProblemDetails.Field] = []
    var names: Set<String> = []
  }

  private let given: [String: JSONValue]
  /// Names that have been read, whether present or not.
  package private(set) var asked: [String] = []
  private let prefix: String
  private let findings: Findings
  private let source: Source
  /// Readers of nested objects.
  private var readers: [FieldReader] = []

  private enum Source {
    /// Every name must be a known one.
    case body
    /// All values are text.
    case query
    /// The owner checks for unknown keys with ``rejectUnknown(nearest:)``.
    case configuration
  }

  private init(
    values: [String: JSONValue], prefix: String = "", findings: Findings = Findings(), source: Source
  ) {
    self.source = source
    given = values
    self.prefix = prefix
    self.findings = findings
  }

  /// Reads the fields of a JSON body.
  /// - Throws: 400 when the body is not JSON or nests too deep, 413 when it has too many values, 422 when it is
  ///   not an object or an object in it has duplicate names.
  package convenience init(body: [UInt8]) throws(ProblemDetails) {
    let shape = try JSONShape(of: body)
    let value: JSONValue
    do {
      value = try JSONValue(parsing: Data(body))
    } catch {
      throw ProblemDetails(
        400,
        body.isEmpty
          ? "the body is missing; send a JSON object" : "the body is not valid JSON\(Self.place(of: error))")
    }
    guard case .object(let object) = value else { throw ProblemDetails(422, "the body is not a JSON object") }
    guard value.names == shape.names else {
      throw ProblemDetails(422, "an object of the body has the same name twice; send each name once")
    }
    self.init(values: object, source: .body)
  }

  /// Returns where the parser found an error, in words; empty when it does not say.
  private static func place(of error: any Error) -> String {
    let text = (error as NSError).userInfo["NSDebugDescription"] as? String ?? ""
    if let match = text.firstMatch(of: /around character (\d+)/) { return " near byte \(match.1)" }
    return text.hasPrefix("Unexpected end of file") ? ": it ends too early" : ""
  }

  /// Reads the parts of a query.
  /// - Throws: 400 when a part cannot be decoded, 422 when a name is repeated.
  package convenience init(query request: HTTPRequest) throws(ProblemDetails) {
    var values: [String: JSONValue] = [:]
    for part in request.query {
      guard let part else { throw ProblemDetails(400, "the query is not UTF-8") }
      guard values.updateValue(.string(part.value), forKey: part.name) == nil else {
        throw ProblemDetails(
          422, "a query parameter is repeated", fields: [.init(field: part.name, message: "is given twice")]
        )
      }
    }
    self.init(values: values, source: .query)
  }

  /// Reads the keys of a configuration in JSON5.
  /// - Throws: 400 when the text is not a JSON5 object.
  package convenience init(json5 text: Data) throws(ProblemDetails) {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    let value: JSONValue
    do {
      value = try decoder.decode(JSONValue.self, from: text)
    } catch {
      throw ProblemDetails(400, "it is not valid JSON5; look for a missing comma, brace or quote")
    }
    guard case .object(let object) = value else { throw ProblemDetails(400, "it is not an object") }
    self.init(values: object, source: .configuration)
  }

  /// Records an error for every unknown key, with the nearest known key as a hint.
  package func rejectUnknown(nearest: (_ key: String, _ known: [String]) -> String?) {
    for key in given.keys.sorted() where !asked.contains(key) {
      let hint = nearest(key, asked).map { "; did you mean \($0)?" } ?? ""
      reject(key, "is not a known key\(hint)")
    }
  }

  /// Maximum number of unknown names that are reported, and of characters of each.
  private static let (mostUnknown, longestUnknown) = (10, 100)

  /// Records an error for the unknown names of a body or a query.
  private func rejectUnknown() {
    guard source != .configuration else { return }
    let known = Set(asked)
    // Bounded, so that sorting takes no time whatever the names are.
    let unknown = given.keys.lazy.filter { !known.contains($0) }.prefix(Self.mostUnknown).sorted()
    if !unknown.isEmpty {
      let hint = known.isEmpty ? "" : "; known fields: \(known.sorted().joined(separator: ", "))"
      for name in unknown {
        let shown = String(String.UnicodeScalarView(name.unicodeScalars.prefix(Self.longestUnknown)))
        reject(shown, "is not a known field\(hint)")
      }
    }
    for reader in readers { reader.rejectUnknown() }
  }

  private func value(_ name: String) -> JSONValue? {
    asked.append(name)
    return given[name]
  }

  /// Checks the fields. Call it after all fields have been read.
  /// - Throws: 422 that names every invalid field, including unknown ones of a body or a query.
  package func check() throws(ProblemDetails) {
    rejectUnknown()
    guard findings.fields.isEmpty else {
      throw ProblemDetails(422, "values of the request are wrong", fields: findings.fields)
    }
  }

  /// Calls ``check()`` and returns the value of a required field.
  package func checked<Value>(_ value: Value?) throws(ProblemDetails) -> Value {
    try check()
    guard let value else { throw ProblemDetails(422, "a value of the request is missing") }
    return value
  }

  /// Records an error for a field. Only the first one of a field counts: others follow from it.
  package func reject(_ name: String, _ message: String) {
    guard findings.names.insert(prefix + name).inserted else { return }
    findings.fields.append(.init(field: prefix + name, message: message))
  }

  package func has(_ name: String) -> Bool { value(name) != nil }

  /// Reads text of a limited length; required unless there is a default.
  package func text(_ name: String, default fallback: String? = nil, length: ClosedRange<Int>) -> String {
    guard let value = value(name) else {
      if fallback == nil { reject(name, "is required") }
      return fallback ?? ""
    }
    guard case .string(let text) = value, length.contains(text.unicodeScalars.count) else {
      reject(name, "must be text of \(length.lowerBound) to \(length.upperBound) characters")
      return ""
    }
    return text
  }

  /// Reads text of a limited length that has more than white space; required.
  func words(_ name: String, upTo longest: Int) -> String {
    let text = text(name, length: 1...longest)
    if !text.isEmpty && text.allSatisfy(\.isWhitespace) { reject(name, "must not be blank") }
    return text
  }

  /// Reads text that may be missing or null.
  package func optionalText(_ name: String, length: ClosedRange<Int>) -> String? {
    switch value(name) {
    case nil, .null: nil
    default: text(name, length: length)
    }
  }

  package func component(_ name: String) -> ComponentName? {
    guard let value = value(name) else {
      reject(name, "is required")
      return nil
    }
    return component(name, value)
  }

  /// Reads a component's name that may be missing.
  package func optionalComponent(_ name: String) -> ComponentName? {
    value(name).flatMap { component(name, $0) }
  }

  /// Reads the range from `since` and `until`; each may be missing.
  func range() -> LedgerRange {
    let range = LedgerRange(since: optionalTime("since"), until: optionalTime("until"))
    if let since = range.since, let until = range.until, until <= since {
      reject("until", "must be after since")
    }
    return range
  }

  /// Reads an ISO 8601 time with its zone; may be missing, and null in a body.
  func optionalTime(_ name: String) -> Timestamp? {
    guard let value = value(name) else { return nil }
    if case .null = value { return nil }
    // Rejects a date without a time: it has no time zone.
    if case .string(let text) = value, text.utf8.count > 10, let time = Timestamp(iso8601: text) {
      return time
    }
    reject(
      name, "must be an ISO 8601 time with its zone, such as 2026-01-31T12:00:00Z (a + is %2B in a query)")
    return nil
  }

  /// The rule for component names, for messages.
  static let componentRule =
    "must be 1 to \(ComponentName.maximumLength) letters, digits, _ - . : / and bytes escaped as %20"

  private func component(_ name: String, _ value: JSONValue) -> ComponentName? {
    guard case .string(let text) = value, let component = try? ComponentName(validating: text) else {
      reject(name, Self.componentRule)
      return nil
    }
    return component
  }

  private static let longestWord = 64

  /// Reads one of the words of a vocabulary.
  package func word<Word: RawRepresentable & CaseIterable>(_ name: String, default fallback: Word? = nil)
    -> Word?
  where Word.RawValue == String {
    guard let value = value(name) else {
      if fallback == nil { reject(name, "is required") }
      return fallback
    }
    // Comparing strings takes time quadratic in the number of combining marks.
    if case .string(let text) = value, text.utf8.count <= Self.longestWord, let word = Word(rawValue: text) {
      return word
    }
    reject(name, "must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
    return nil
  }

  package func flag(_ name: String, default fallback: Bool? = nil) -> Bool {
    guard let value = value(name) else {
      if fallback == nil { reject(name, "is required") }
      return fallback ?? false
    }
    guard case .bool(let flag) = value else {
      reject(name, "must be true or false")
      return false
    }
    return flag
  }

  /// Reads a whole number; in a query, decimal digits.
  package func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
    let number: Int?
    switch value(name) {
    case nil: return fallback
    case .integer(let value): number = Int(exactly: value)
    case .number(let value): number = Int(exactly: value)
    case .string(let text) where source == .query: number = Int(digits: text)
    default: number = nil
    }
    guard let number, range.contains(number) else {
      reject(name, "must be a whole number, \(range.lowerBound) to \(range.upperBound)")
      return fallback
    }
    return number
  }

  /// Reads a number; in a query, decimal digits, perhaps with a point and an exponent.
  package func number(_ name: String, default fallback: Double, in range: ClosedRange<Double>) -> Double {
    let number: Double?
    switch value(name) {
    case nil: return fallback
    case .integer(let value): number = Double(value)
    case .number(let value): number = value
    case .string(let text)
    where source == .query && text.utf8.allSatisfy { "0123456789.+-eE".utf8.contains($0) }:
      number = Double(text)
    default: number = nil
    }
    guard let number, range.contains(number) else {
      reject(name, "must be a number, \(range.lowerBound.formatted()) to \(range.upperBound.formatted())")
      return fallback
    }
    return number
  }

  /// Reads text, or a whole number as its digits; may be missing or null.
  func optionalCode(_ name: String, length: ClosedRange<Int>) -> String? {
    switch value(name) {
    // Beyond 2^53, clients in other languages round integers.
    case .integer(let value) where value.magnitude <= 1 << 53: String(value)
    default: optionalText(name, length: length)
    }
  }

  /// Reads the fields of a nested object; empty when it is missing.
  package func object(_ name: String) -> FieldReader {
    let value = value(name)
    if case .object(let object) = value { return reader(of: object, at: "\(name).") }
    if value != nil { reject(name, "must be an object") }
    return reader(of: [:], at: "\(name).")
  }

  private func reader(of object: [String: JSONValue], at path: String) -> FieldReader {
    let reader = FieldReader(values: object, prefix: prefix + path, findings: findings, source: source)
    readers.append(reader)
    return reader
  }

  /// Reads a list of texts.
  package func texts(_ name: String, default fallback: [String]? = nil, count: ClosedRange<Int>) -> [String] {
    guard let value = value(name) else {
      if fallback == nil { reject(name, "is required") }
      return fallback ?? []
    }
    guard case .array(let items) = value, count.contains(items.count) else {
      reject(name, "must be a list of \(count.lowerBound) to \(count.upperBound) texts")
      return []
    }
    return items.compactMap { item in
      if case .string(let text) = item { return text }
      reject(name, "must be a list of texts")
      return nil
    }
  }

  /// Reads the fields of each object of a list.
  package func objects(_ name: String, isRequired: Bool = true, count: ClosedRange<Int>) -> [FieldReader] {
    if !isRequired && !has(name) { return [] }
    guard case .array(let items) = value(name), count.contains(items.count) else {
      reject(name, "must be a list of \(count.lowerBound) to \(count.upperBound) objects")
      return []
    }
    return items.enumerated().compactMap { index, item in
      guard case .object(let object) = item else {
        reject("\(name)[\(index)]", "must be an object")
        return nil
      }
      return reader(of: object, at: "\(name)[\(index)].")
    }
  }
}
