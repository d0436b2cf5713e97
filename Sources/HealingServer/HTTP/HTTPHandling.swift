/// The result of handling a request: a response that is ready, or work that produces one.
package enum HTTPHandling: Sendable {
  case answer(HTTPResponse)
  /// - Parameter reserve: for work that produces a large response, see ``Reservation``.
  case work(@Sendable (_ reserve: @escaping Reservation) async -> HTTPResponse)

  /// Reserves bytes of the transfer budget until the request is answered.
  /// - Returns: false when the budget has too few bytes left.
  package typealias Reservation = @Sendable (_ bytes: Int) async -> Bool
}

/// Serialises a response that is sent without the library and closes its connection.
enum RawResponse {
  static func bytes(of response: HTTPResponse) -> [UInt8] {
    guard case .bytes(let body) = response.body else { return [] }
    var head = "HTTP/1.1 \(response.status) \(StatusLine.reason(response.status))\r\n"
    for field in response.headers.fields { head += "\(field.name): \(field.value)\r\n" }
    head += "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
    return Array(head.utf8) + body
  }
}
