import Foundation
import Healing

/// Reads the values of a request by name and collects what is wrong with them, so that one answer names all of it.
final class FieldReader {
  private final class Findings {
    var fields: [Problem.Field] = []
  }

  private let values: [String: JSONValue]
  private let prefix: String
  private let findings: Findings
  /// The values of a query are all text.
  private let isQuery: Bool

  private init(
    values: [String: JSONValue], prefix: String = "", findings: Findings = Findings(), isQuery: Bool = false
  ) {
    self.isQuery = isQuery
    self.values = values
    self.prefix = prefix
    self.findings = findings
  }

  /// The fields of a body.
  /// - Throws: 400 when it is no JSON, 422 when it is no object.
  convenience init(body: [UInt8]) throws(Problem) {
    let value: JSONValue
    do {
      value = try JSONDecoder().decode(JSONValue.self, from: Data(body))
    } catch {
      throw Problem(
        400, body.isEmpty ? "the body is missing; send a JSON object" : "the body is not valid JSON")
    }
    guard case .object(let object) = value else { throw Problem(422, "the body is not a JSON object") }
    self.init(values: object)
  }

  /// The parts of a query.
  /// - Throws: 400 when one cannot be decoded, 422 when one is there twice.
  convenience init(query request: HTTPRequest) throws(Problem) {
    var values: [String: JSONValue] = [:]
    for part in request.query {
      guard let part else { throw Problem(400, "the query is not UTF-8") }
      guard values.updateValue(.string(part.value), forKey: part.name) == nil else {
        throw Problem(
          422, "a part of the query is repeated", fields: [.init(field: part.name, message: "is given twice")]
        )
      }
    }
    self.init(values: values, isQuery: true)
  }

  /// To be called when all has been read.
  /// - Throws: 422 naming every bad field.
  func check() throws(Problem) {
    guard findings.fields.isEmpty else {
      throw Problem(422, "values of the request are wrong", fields: findings.fields)
    }
  }

  /// ``check()``, and the value of a field that was found right.
  func checked<Value>(_ value: Value?) throws(Problem) -> Value {
    try check()
    guard let value else { throw Problem(422, "a value of the request is missing") }
    return value
  }

  /// Notes that a field is wrong.
  func reject(_ name: String, _ message: String) {
    findings.fields.append(.init(field: prefix + name, message: message))
  }

  func has(_ name: String) -> Bool { values[name] != nil }

  /// Text of a length; without a default it is required.
  func text(_ name: String, default fallback: String? = nil, length: ClosedRange<Int>) -> String {
    guard let value = values[name] else {
      if fallback == nil { reject(name, "is required") }
      return fallback ?? ""
    }
    guard case .string(let text) = value, length.contains(text.unicodeScalars.count) else {
      reject(name, "must be text of \(length.lowerBound) to \(length.upperBound) characters")
      return ""
    }
    return text
  }

  /// Text that may be missing or null.
  func optionalText(_ name: String, length: ClosedRange<Int>) -> String? {
    switch values[name] {
    case nil, .null: nil
    default: text(name, length: length)
    }
  }

  func component(_ name: String) -> ComponentName? {
    guard let value = values[name] else {
      reject(name, "is required")
      return nil
    }
    return component(name, value)
  }

  func optionalComponent(_ name: String) -> ComponentName? { values[name].flatMap { component(name, $0) } }

  private func component(_ name: String, _ value: JSONValue) -> ComponentName? {
    guard case .string(let text) = value, let component = try? ComponentName(validating: text) else {
      reject(name, "must be 1 to \(ComponentName.maximumLength) letters, digits, _ - . : /")
      return nil
    }
    return component
  }

  /// One of the words of a vocabulary.
  func word<Word: RawRepresentable & CaseIterable>(_ name: String, default fallback: Word? = nil) -> Word?
  where Word.RawValue == String {
    guard let value = values[name] else {
      if fallback == nil { reject(name, "is required") }
      return fallback
    }
    if case .string(let text) = value, let word = Word(rawValue: text) { return word }
    reject(name, "must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
    return nil
  }

  func flag(_ name: String, default fallback: Bool? = nil) -> Bool {
    guard let value = values[name] else {
      if fallback == nil { reject(name, "is required") }
      return fallback ?? false
    }
    guard case .bool(let flag) = value else {
      reject(name, "must be true or false")
      return false
    }
    return flag
  }

  /// A whole number; text of digits counts in a query.
  func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
    let number: Int?
    switch values[name] {
    case nil: return fallback
    case .integer(let value): number = Int(exactly: value)
    case .number(let value): number = Int(exactly: value)
    case .string(let text) where isQuery: number = Int(text)
    default: number = nil
    }
    guard let number, range.contains(number) else {
      reject(name, "must be a whole number, \(range.lowerBound) to \(range.upperBound)")
      return fallback
    }
    return number
  }

  func number(_ name: String, default fallback: Double, in range: ClosedRange<Double>) -> Double {
    let number: Double?
    switch values[name] {
    case nil: return fallback
    case .integer(let value): number = Double(value)
    case .number(let value): number = value
    default: number = nil
    }
    guard let number, range.contains(number) else {
      reject(name, "must be a number, \(range.lowerBound.formatted()) to \(range.upperBound.formatted())")
      return fallback
    }
    return number
  }

  /// Text, or a whole number as its digits; may be missing or null.
  func optionalCode(_ name: String, length: ClosedRange<Int>) -> String? {
    switch values[name] {
    case .integer(let value): String(value)
    default: optionalText(name, length: length)
    }
  }

  /// The fields of an object within; none when it is missing.
  func object(_ name: String) -> FieldReader {
    let prefix = "\(self.prefix)\(name)."
    switch values[name] {
    case nil: return FieldReader(values: [:], prefix: prefix, findings: findings)
    case .object(let object): return FieldReader(values: object, prefix: prefix, findings: findings)
    default:
      reject(name, "must be an object")
      return FieldReader(values: [:], prefix: prefix, findings: findings)
    }
  }

  /// The fields of each object of a list.
  func objects(_ name: String, count: ClosedRange<Int>) -> [FieldReader] {
    guard case .array(let items) = values[name], count.contains(items.count) else {
      reject(name, "must be a list of \(count.lowerBound) to \(count.upperBound) objects")
      return []
    }
    return items.enumerated().compactMap { index, item in
      guard case .object(let object) = item else {
        reject("\(name)[\(index)]", "must be an object")
        return nil
      }
      return FieldReader(values: object, prefix: "\(prefix)\(name)[\(index)].", findings: findings)
    }
  }
}
