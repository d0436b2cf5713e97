/// An HTTP request as a value.
package struct HTTPRequest: Sendable {
  package var method: HTTPMethod
  /// Path and query as sent.
  package var target: String
  package var headers: HTTPHeaders
  package var body: [UInt8]

  package init(
    _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []
  ) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
  }

  /// The part before `?`.
  var path: Substring { Substring(target.utf8.prefix { $0 != UInt8(ascii: "?") }) }

  /// Name and value of each part of the query, decoded; `nil` for a part that cannot be decoded.
  var query: [(name: String, value: String)?] {
    target.drop { $0 != "?" }.dropFirst().split(separator: "&").map { part in
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentCoding.decode(pair[0], plusIsSpace: true),
        let value = PercentCoding.decode(pair.count > 1 ? pair[1] : "", plusIsSpace: true)
      else { return nil }
      return (name, value)
    }
  }
}
