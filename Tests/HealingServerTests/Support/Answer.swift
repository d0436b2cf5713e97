import Foundation

/// The response to a request.
struct Answer {
  let status: Int
  let headers: [String: String]
  let body: [UInt8]

  init(status: Int, headers: [String: String], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// Reads the bytes of a closed connection; `nil` when they are no answer.
  init?(raw: [UInt8]) {
    let text = String(decoding: raw, as: UTF8.self)
    guard let end = text.range(of: "\r\n\r\n") else { return nil }
    let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
    guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      return nil
    }
    self.status = status
    headers = Dictionary(
      lines.dropFirst().compactMap { line in
        line.firstIndex(of: ":").map {
          (line[..<$0].lowercased(), line[line.index(after: $0)...].trimmingCharacters(in: .whitespaces))
        }
      }, uniquingKeysWith: { first, _ in first })
    body = Array(text[end.upperBound...].utf8)
  }

  var text: String { String(decoding: body, as: UTF8.self) }

  /// The body as a JSON object; empty when it is none.
  var object: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
  }

  /// A value within, by a path such as `details.components`.
  func value<Value>(_ path: String, as type: Value.Type = Value.self) -> Value? {
    var value: Any? = object
    for key in path.split(separator: ".") { value = (value as? [String: Any])?[String(key)] }
    return value as? Value
  }

  /// The names in an object within.
  func keys(_ path: String = "") -> Set<String> {
    Set((path.isEmpty ? object : value(path) ?? [:]).keys)
  }
}
