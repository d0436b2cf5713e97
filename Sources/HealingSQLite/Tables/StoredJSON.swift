import Foundation

/// Small JSON values in text columns.
enum StoredJSON {
  /// Returns `nil` for an empty dictionary, which then takes no space.
  static func text(_ dictionary: [String: String]) -> String? {
    dictionary.isEmpty ? nil : encode(dictionary)
  }

  static func text(_ list: [String]) -> String { encode(list) ?? "[]" }
  static func text(_ list: [Int64]) -> String { "[" + list.map(String.init).joined(separator: ",") + "]" }

  static func dictionary(_ text: String?) -> [String: String] { text.flatMap(decode) ?? [:] }
  static func strings(_ text: String?) -> [String] { text.flatMap(decode) ?? [] }
  static func integers(_ text: String?) -> [Int64] { text.flatMap(decode) ?? [] }

  /// Returns a number of an object, `.some(nil)` for null; `nil` when the object does not have it.
  static func number(_ key: String, in object: String) -> Int64?? {
    let values = try? JSONSerialization.jsonObject(with: Data(object.utf8)) as? [String: Any]
    guard let value = values?[key] else { return nil }
    return .some((value as? NSNumber)?.int64Value)
  }

  private static func encode(_ value: some Encodable) -> String? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func decode<Value: Decodable>(_ text: String) -> Value? {
    try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
  }
}
