import Healing
import HealingServer
import Testing

@Suite struct RequestGuardTests {
  /// The guard's verdict on bytes that arrive in pieces of a size.
  private func verdict(_ text: String, pieces size: Int = .max) -> Int? {
    verdict(Array(text.utf8), pieces: size).0
  }

  private func verdict(_ bytes: [UInt8], pieces size: Int) -> (Int?, RequestGuard.Position) {
    var requestGuard = RequestGuard(limits: HTTPLimits()) { _, _ in ProblemDetails(405, "no") }
    var status: Int?
    var rest = bytes[...]
    while !rest.isEmpty {
      let problem = rest.prefix(size).withUnsafeBytes { requestGuard.receive($0) }
      if status == nil { status = problem?.status }
      rest = rest.dropFirst(size)
    }
    return (status, requestGuard.position)
  }

  static let hostile: [(what: String, text: String, status: Int)] = [
    ("two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
    (
      "length and coding",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx", 400
    ),
    (
      "coding and length",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\nx", 400
    ),
    ("a coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    ("an escaped NUL", "GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a broken escape", "GET /a%2 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a NUL", "GET / HTTP/1.1\r\nHost: a\r\n\0x: y\r\n\r\n", 400),
    (
      "two codings", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: a\r\nTransfer-Encoding: b\r\n\r\n", 400
    ),
    (
      "two tokens", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n",
      400
    ),
    ("two origins", "GET / HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nORIGIN: http://b\r\n\r\n", 400),
    ("one type twice", "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: a\r\nContent-Type: a\r\n\r\n", 400),
    ("two sites", "GET / HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: x\r\n\r\n", 400),
    ("two places", "GET / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 1\r\nLast-Event-Id: 2\r\n\r\n", 400),
    (
      "two expectations",
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n", 400
    ),
    ("two tokens of another method", "BREW / HTTP/1.1\r\nHost: a\r\nOrigin: a\r\nOrigin: a\r\n\r\n", 400),
    ("no host", "GET / HTTP/1.1\r\n\r\n", 400),
    ("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400),
    ("a lone line feed", "GET / HTTP/1.1\r\nHost: a\n\n", 400),
    ("a lone return", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400),
    ("two returns", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400),
    ("an empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a folded header", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400),
    ("a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    ("a header without colon", "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400),
    ("a length in words", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ten\r\n\r\n", 400),
    ("a signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400),
    ("a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx", 400),
    ("a huge length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
    ("a long body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413),
    ("a body of HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 400),
    ("a full URL", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("two slashes", "GET //a/b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a raw quote", "GET /\"a\" HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("raw UTF-8", "GET /ä HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("four words", "GET / a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("no version", "GET /\r\nHost: a\r\n\r\n", 400),
    ("another version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ("another method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    ("another expectation", "POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417),
    ("a long target", "GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    ("a long header", "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 17_000))", 431),
    ("many headers", "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: 1\r\n", count: 100))\r\n", 431),
  ]

  @Test func `a hostile request is rejected, however it is split`() {
    for (what, text, status) in Self.hostile {
      for size in [Int.max, 1, 2, 3, 7] {
        #expect(verdict(text, pieces: size) == status, "\(what) in pieces of \(size)")
      }
      // Also as the second request of a connection, with a body before it.
      let first = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n\r\n\r\n."
      #expect(verdict(first + text) == status, "\(what) after another request")
    }
  }

  @Test func `a repeated header is named`() {
    for name in [
      "Authorization", "Content-Length", "Content-Type", "Expect", "Host", "Last-Event-ID", "Origin",
      "Sec-Fetch-Site", "Transfer-Encoding",
    ] {
      var requestGuard = RequestGuard(limits: HTTPLimits()) { _, _ in ProblemDetails(405, "no") }
      let value = ["Expect": "100-continue", "Content-Length": "1"][name] ?? "a"
      let host = name == "Host" ? "" : "Host: a\r\n"
      let text =
        "POST / HTTP/1.1\r\n\(host)\(name): \(value)\r\nX: y\r\n\(name.uppercased()): \(value)\r\n\r\n"
      let problem = Array(text.utf8).withUnsafeBytes { requestGuard.receive($0) }
      #expect(problem?.status == 400 && problem?.detail == "the \(name) header is repeated", "\(name)")
    }
  }

  @Test func `well-formed requests pass, one after the other`() {
    let requests = [
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /a/b%2Fc?d=e%20f&g HTTP/1.0\r\nhost:a\r\nX-Empty:\r\n\r\n",
      "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n\n\0\r\n",
      "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
      "DELETE /x HTTP/1.1\r\nHost: [::1]:8484\r\nX: tab\there, ütf-8\r\n\r\n",
      "GET /x HTTP/1.1\r\nHost: a\r\nAccept: a\r\nAccept: b\r\nCookie: a\r\nCookie: b\r\n\r\n",
    ]
    for size in [Int.max, 1, 5] {
      let (status, position) = verdict(Array(requests.joined().utf8), pieces: size)
      #expect(status == nil)
      #expect(position == .betweenRequests)
    }
  }

  @Test func `the guard distinguishes waiting for a head from waiting for a body`() {
    #expect(verdict(Array("GET / HT".utf8), pieces: .max).1 == .inHead)
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
    #expect(verdict(Array((head + "ab").utf8), pieces: .max).1 == .inBody)
    #expect(verdict(Array((head + "abc").utf8), pieces: .max).1 == .betweenRequests)
  }

  @Test func `the time to judge a head grows as its length does`() {
    var limits = HTTPLimits()
    (limits.headBytes, limits.headerCount) = (100_000_000, 10_000_000)
    let heads: [(what: String, head: (Int) -> String)] = [
      ("header fields", { String(repeating: "X: 1\r\n", count: 2_000 * $0) }),
      ("a long field", { "X: " + String(repeating: "a", count: 10_000 * $0) + "\r\n" }),
      ("a long name", { String(repeating: "a", count: 10_000 * $0) + ": 1\r\n" }),
      ("blanks", { "X:" + String(repeating: " ", count: 10_000 * $0) + "\r\n" }),
      ("an endless line", { String(repeating: "a", count: 10_000 * $0) }),
      ("a long length", { "Content-Length: " + String(repeating: "0", count: 10_000 * $0) + "\r\n" }),
      ("an expectation", { "Expect: " + String(repeating: "\u{301}\u{316}", count: 3_000 * $0) + "\r\n" }),
    ]
    for (what, head) in heads {
      for method in ["GET", "BREW"] {
        let texts = [1, 2].map { Array("\(method) / HTTP/1.1\r\nHost: a\r\n\(head($0))\r\n".utf8) }
        let ratio = Growth.ratio { size in
          var requestGuard = RequestGuard(limits: limits) { _, _ in ProblemDetails(405, "no") }
          _ = texts[size - 1].withUnsafeBytes { requestGuard.receive($0) }
        }
        #expect(ratio <= 2.5, "\(what) of \(method)")
      }
    }
  }

  @Test func `random bytes never trap and never pass as a head`() {
    var generator = SplitMix64(seed: 11)
    let pieces = [
      "GET ", "POST ", "/", " HTTP/1.1", "\r\n", "\r", "\n", "Host: a", "Content-Length: ", "3", ":", " ",
      "\0", "%00",
      "\t", "Transfer-Encoding: chunked", "ä",
    ]
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1...14, using: &generator)).map { _ in
        pieces.randomElement(using: &generator) ?? ""
      }.joined()
      let whole = verdict(Array(text.utf8), pieces: .max)
      let split = verdict(Array(text.utf8), pieces: 1)
      #expect(whole.0 == split.0 && whole.1 == split.1, "\(text.debugDescription)")
      if whole.1 == .betweenRequests {
        #expect(text.contains(" HTTP/1.1\r\n") && text.contains("Host: a"), "\(text.debugDescription)")
      }
    }
  }
}
