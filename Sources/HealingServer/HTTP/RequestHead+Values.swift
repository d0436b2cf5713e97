extension RequestHead {
  /// Fields that say how a body is sent. A request whose body has been read does not need them.
  private static let framing: Set<String> = ["content-length", "transfer-encoding", "expect"]

  /// Checks a request that another server has read, as a connection's ``RequestGuard`` checks its bytes.
  /// - Returns: the request.
  static func check(
    method: String, target: String, headers: [(name: String, value: String)], body: [UInt8],
    limits: HTTPLimits, refuseMethod: @escaping RequestGuard.MethodRefusal
  ) throws(ProblemDetails) -> HTTPRequest {
    let fields = headers.filter { !framing.contains($0.name.lowercased()) }
    var lines = ["\(method) \(target) HTTP/1.1"]
    lines += fields.map { "\($0.name): \($0.value)" }
    if !body.isEmpty { lines.append("Content-Length: \(body.count)") }
    // The guard would take a line break in a value for the end of the field.
    guard lines.allSatisfy({ line in line.utf8.allSatisfy { $0 != 0x0A && $0 != 0x0D } }) else {
      throw ProblemDetails(400, "the head has a control character")
    }
    var requestGuard = RequestGuard(limits: limits, refuseMethod: refuseMethod)
    let head = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    if let problem = head.withUnsafeBytes({ requestGuard.receive($0) }) { throw problem }
    guard let method = HTTPMethod(rawValue: method) else { throw refuseMethod(target, HTTPHeaders(fields)) }
    return HTTPRequest(method, target, headers: HTTPHeaders(fields), body: body)
  }
}
