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
