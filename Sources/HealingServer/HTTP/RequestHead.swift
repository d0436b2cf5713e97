/// Checks the head of a request line by line and returns the length of its body.
struct RequestHead: Sendable {
  private static let longestTarget = 8_192

  /// Fields, by lower-case name, that a request may have only once: of two values, a proxy in front may use the
  /// other one (RFC 9110, 5.3). RFC 9112 allows repeated `Transfer-Encoding`, but every request with it is
  /// rejected.
  private static let single = [
    "authorization": "Authorization", "content-length": "Content-Length", "content-type": "Content-Type",
    "expect": "Expect", "host": "Host", "last-event-id": "Last-Event-ID", "origin": "Origin",
    "sec-fetch-site": "Sec-Fetch-Site", "transfer-encoding": "Transfer-Encoding",
  ]

  private let limits: HTTPLimits
  private let refuseMethod: RequestGuard.MethodRefusal
  private var hasRequestLine = false
  /// `nil` also when the method is not routed.
  private var method: HTTPMethod?
  private var target = ""
  /// Stored only when the method is rejected: the response to it depends on the token in them.
  private var headers = HTTPHeaders()
  private var fields = 0
  /// Fields of ``single`` that have been received.
  private var seen: Set<String> = []
  private var length = 0

  init(limits: HTTPLimits, refuseMethod: @escaping RequestGuard.MethodRefusal) {
    self.limits = limits
    self.refuseMethod = refuseMethod
  }

  /// Whether the request line has been received.
  var hasBegun: Bool { hasRequestLine }

  /// Parses a line without its CR LF.
  mutating func take(line: ArraySlice<UInt8>) throws(ProblemDetails) {
    if hasRequestLine { try takeField(line) } else { try takeRequestLine(line) }
  }

  /// Returns the length of the body, in bytes, once the head is complete.
  func bodyLength() throws(ProblemDetails) -> Int {
    guard seen.contains("host") else { throw ProblemDetails(400, "the Host header is missing") }
    if seen.contains("transfer-encoding") {
      guard !seen.contains("content-length") else {
        throw ProblemDetails(400, "Content-Length and Transfer-Encoding exclude each other")
      }
      throw ProblemDetails(411, "send the body with a Content-Length, not chunked")
    }
    guard method != nil else { throw refuseMethod(target, headers) }
    // The library would read such a body as the next request.
    guard length == 0 || method != .head else { throw ProblemDetails(400, "a HEAD request has no body") }
    return length
  }

  private mutating func takeField(_ line: ArraySlice<UInt8>) throws(ProblemDetails) {
    fields += 1
    guard fields <= limits.headerCount else {
      throw ProblemDetails(431, "the request has more than \(limits.headerCount) header fields")
    }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
      line[..<colon].allSatisfy(Self.isTokenByte)
    else { throw ProblemDetails(400, "a header field is not NAME: VALUE") }
    let value = Self.trimmed(line[(colon + 1)...])
    if method == nil {
      headers.add(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
    }
    let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
    guard let title = Self.single[name] else { return }
    guard seen.insert(name).inserted else {
      throw ProblemDetails(400, "the \(title) header is repeated")
    }
    switch name {
    case "content-length": length = try contentLength(value)
    case "expect":
      guard HTTPHeaders.equal(String(decoding: value, as: UTF8.self), "100-continue") else {
        throw ProblemDetails(417, "Expect can only be 100-continue")
      }
    default: break
    }
  }

  private func contentLength(_ digits: ArraySlice<UInt8>) throws(ProblemDetails) -> Int {
    guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      throw ProblemDetails(400, "Content-Length is not a number")
    }
    guard let length = Int(String(decoding: digits, as: UTF8.self)), length <= limits.bodyBytes else {
      throw ProblemDetails(413, "the body is longer than \(limits.bodyBytes) bytes")
    }
    return length
  }

  private mutating func takeRequestLine(_ line: ArraySlice<UInt8>) throws(ProblemDetails) {
    let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(Self.isTokenByte) else {
      throw ProblemDetails(400, "the request line is not METHOD TARGET VERSION")
    }
    let version = String(decoding: words[2], as: UTF8.self)
    guard version.hasPrefix("HTTP/") else {
      throw ProblemDetails(400, "the request line does not end in a version")
    }
    guard version == "HTTP/1.1" || version == "HTTP/1.0" else { throw ProblemDetails(505, "speak HTTP/1.1") }
    try Self.check(target: words[1])
    hasRequestLine = true
    method = HTTPMethod(rawValue: String(decoding: words[0], as: UTF8.self))
    if method == nil { target = String(decoding: words[1], as: UTF8.self) }
  }

  /// Accepts an absolute path with an optional query, in the characters of RFC 3986 only.
  private static func check(target: ArraySlice<UInt8>) throws(ProblemDetails) {
    guard target.count <= longestTarget else {
      throw ProblemDetails(414, "the target is longer than \(longestTarget) bytes")
    }
    guard target.first == UInt8(ascii: "/"), target.dropFirst().first != UInt8(ascii: "/") else {
      throw ProblemDetails(400, "the target is not a path that begins with one /")
    }
    var rest = target
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        guard let high = rest.popFirst().flatMap(PercentCoding.digit),
          let low = rest.popFirst().flatMap(PercentCoding.digit)
        else { throw ProblemDetails(400, "the target has a broken escape") }
        guard high | low != 0 else { throw ProblemDetails(400, "the target has an escaped NUL") }
      } else if !isTargetByte(byte) {
        throw ProblemDetails(400, "the target has a character that must be escaped")
      }
    }
  }

  private static func trimmed(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var value = value
    while let byte = value.first, isBlank(byte) { value.removeFirst() }
    while let byte = value.last, isBlank(byte) { value.removeLast() }
    return value
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }

  /// `tchar` of RFC 9110, 5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }

  /// The characters of a path and a query, RFC 3986, 3.3 and 3.4.
  private static func isTargetByte(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || "-._~!$&'()*+,;=:@/?".utf8.contains(byte)
  }
}
