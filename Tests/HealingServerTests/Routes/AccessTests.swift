import Healing
import HealingSQLite
import HealingServer
import Testing

@Suite struct AccessTests {
  private static let writeToken = "write-write-write-write"
  private static let readToken = "read-read-read-read"

  @Test(arguments: Way.allCases) func `only allowed hosts are served`(way: Way) async throws {
    let server = try await TestServer(way, options: ServerOptions(hosts: ["Ledger.example"]))
    for host in [
      "localhost", "localhost:8484", "127.0.0.1:1", "[::1]", "[::1]:8484", "ledger.example:80",
      "localhost:65535",
      "localhost:00080",
    ] {
      #expect(try await server.get("//healthz", headers: ["Host": host]).status == 200, "\(host)")
    }
    for host in [
      "evil.example", "localhost.evil.example", "localhost:8484.evil", "[::1].evil", "localhost@evil", "::1",
      "localhost:+80", "localhost:-80", "localhost:0", "localhost:65536", "localhost:000080", "localhost:",
      "localhost: 80",
      "localhost:8 0", "localhost:80:80", "localhost:0x50", "[::1]:+80", "[::1]:0", "127.0.0.1:+80",
      "localhost:８０",
      "localhost" + String(repeating: "\u{301}", count: 200),
    ] {
      #expect(try await server.get("//healthz", headers: ["Host": host]).status == 421, "\(host)")
    }
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `changes from pages of other sites are rejected`(way: Way) async throws
  {
    let server = try await TestServer(way)
    let sample = #"{"component": "a", "outcome": "success"}"#
    let refused = [
      ["Origin": "https://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"],
      ["Sec-Fetch-Site": "same-site"], ["Origin": "http://localhost:1", "Host": "localhost:2"],
    ]
    for headers in refused {
      #expect(try await server.post("/samples", sample, headers: headers).status == 403, "\(headers)")
      #expect(try await server.post("/monitoring/stop", headers: headers).status == 403, "\(headers)")
      let override = #"{"override": "forced_open", "actor": "a", "reason": "r"}"#
      #expect(
        try await server.post("/breakers/a/override", override, headers: headers).status == 403, "\(headers)")
      let lift = "/breakers/a/override?actor=a&reason=r"
      #expect(try await server.send(.delete, lift, headers: headers).status == 403, "\(headers)")
    }
    let taken = [
      [:], ["Origin": "http://localhost"], ["Sec-Fetch-Site": "same-origin"], ["Sec-Fetch-Site": "none"],
      ["Origin": "http://localhost:2", "Host": "localhost:2"],
    ]
    for headers in taken {
      #expect(try await server.post("/samples", sample, headers: headers).status == 200, "\(headers)")
    }
    #expect(try await server.get("/components", headers: ["Origin": "https://evil.example"]).status == 200)
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `only application/json bodies are accepted`(way: Way) async throws {
    let server = try await TestServer(way)
    let sample = #"{"component": "a", "outcome": "success"}"#
    let others = ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""]
    for type in others + ["application/json; charset=utf-16", "application/json;Charset=\"latin1\""] {
      #expect(
        try await server.post("/samples", sample, headers: ["Content-Type": type]).status == 415, "\(type)")
    }
    for type in ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=\"UTF-8\""]
    {
      #expect(
        try await server.post("/samples", sample, headers: ["Content-Type": type]).status == 200, "\(type)")
    }
    // What needs no body needs no type, but not a wrong one either: that is what a form would send.
    #expect(try await server.post("/monitoring/stop").status == 200)
    let form = ["Content-Type": "application/x-www-form-urlencoded"]
    #expect(try await server.post("/monitoring/stop", headers: form).status == 415)
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `tokens permit reading and writing by role`(way: Way) async throws {
    let tokens: [AccessToken] = [Self.writeToken, Self.readToken].compactMap { AccessToken($0) }
    let options = ServerOptions(writeToken: tokens.first, readToken: tokens.last)
    let server = try await TestServer(way, options: options)
    func status(_ token: String?, _ method: HTTPMethod, _ path: String) async throws -> Int {
      try await server.send(method, path, headers: token.map { ["Authorization": $0] } ?? [:]).status
    }
    let write = "Bearer \(Self.writeToken)"
    let read = "bearer \(Self.readToken)"
    #expect(try await status(write, .get, "/components") == 200)
    #expect(try await status(write, .post, "/monitoring/stop") == 200)
    #expect(try await status(read, .get, "/components") == 200)
    #expect(try await status(read, .head, "/components") == 200)
    #expect(try await status(read, .post, "/monitoring/stop") == 403)
    #expect(try await status(read, .post, "/breakers/a/override") == 403)
    #expect(try await status(read, .delete, "/breakers/a/override?actor=a&reason=r") == 403)
    #expect(try await status(read, .get, "/breakers/a/transitions") == 404)
    let wrong = [
      nil, "Bearer", "Bearer x", "Basic \(Self.writeToken)", "Bearer \(Self.writeToken)x",
      "Bearer \(Self.writeToken.dropLast())", "Bearer \(Self.writeToken)\(Self.writeToken)",
      "Bearer \(Self.writeToken) x",
    ]
    for token in wrong {
      #expect(try await status(token, .get, "/components") == 401, "\(token ?? "none")")
      #expect(try await status(token, .get, "/nowhere") == 401, "\(token ?? "none")")
      #expect(try await status(token, .get, "//metrics") == 401, "\(token ?? "none")")
      #expect(try await status(token, .get, "//healthz") == 200, "\(token ?? "none")")
    }
    let answer = try await server.get("/components")
    #expect(answer.headers["www-authenticate"] == "Bearer realm=\"healing\"")
    try await server.end()
  }

  @Test func `an unknown method is 405 only with a valid token`() async throws {
    let tokens: [AccessToken] = [Self.writeToken, Self.readToken].compactMap { AccessToken($0) }
    let server = try await TestServer(
      .live, options: ServerOptions(writeToken: tokens.first, readToken: tokens.last))
    func status(_ method: String, _ path: String, _ headers: String...) async throws -> Answer {
      try await server.exchange(
        "\(method) \(path) HTTP/1.1\r\n\(headers.map { "\($0)\r\n" }.joined())Content-Length: 3\r\n\r\nabc")
    }
    let path = "\(TestServer.base)/components"
    for method in ["BREW", "TRACE", "CONNECT", "PROPFIND", "get"] {
      #expect(try await status(method, path, "Host: evil.example").status == 421, "\(method)")
      #expect(try await status(method, "/healthz", "Host: evil.example").status == 421, "\(method)")
      let unnamed = try await status(method, path, "Host: localhost")
      #expect(unnamed.status == 401 && unnamed.headers["www-authenticate"] != nil, "\(method)")
      #expect(try await status(method, "/nowhere", "Host: localhost").status == 401, "\(method)")
      let wrong = "Authorization: Bearer not-the-token-at-all"
      #expect(try await status(method, path, wrong, "Host: localhost").status == 401, "\(method)")
      for token in [Self.writeToken, Self.readToken] {
        let known = try await status(method, path, "Host: localhost", "authorization: Bearer \(token)")
        #expect(known.status == 405 && known.headers["allow"] == "GET, HEAD", "\(method)")
        let nowhere = try await status(
          method, "/nowhere", "Host: localhost", "authorization: Bearer \(token)")
        #expect(nowhere.status == 404, "\(method)")
      }
      #expect(try await status(method, "/healthz", "Host: localhost").status == 405, "\(method)")
      // Other errors of the request come first.
      #expect(try await status(method, path).status == 400, "\(method)")
      #expect(try await status(method, path, "Host: localhost", "Host: localhost").status == 400, "\(method)")
    }
    try await server.end()
  }

  @Test func `the cost of a long head is proportional to its length`() async throws {
    let token = try #require(AccessToken(Self.writeToken))
    let server = try await TestServer(.router, options: ServerOptions(writeToken: token))
    let router = server.server.router
    let headers: [(what: String, header: (Int) -> (String, String))] = [
      ("host", { ("Host", "localhost" + String(repeating: "\u{301}\u{316}", count: 2_000 * $0)) }),
      ("token", { ("Authorization", "Bearer " + String(repeating: "\u{301}\u{316}", count: 2_000 * $0)) }),
      ("words", { ("Authorization", String(repeating: "a ", count: 4_000 * $0)) }),
      ("accents", { ("Authorization", String(repeating: "\u{301}\u{316} ", count: 2_000 * $0)) }),
      ("digits", { ("Host", "localhost:" + String(repeating: "8", count: 8_000 * $0)) }),
    ]
    for (what, header) in headers {
      let requests = [1, 2].map { size in
        HTTPRequest(.get, "/openapi.json", headers: HTTPHeaders([header(size), ("Host", "localhost")]))
      }
      let ratio = Growth.ratio { size in
        for _ in 0..<20 {
          guard case .answer(let response) = router.handle(requests[size - 1]), response.status > 400 else {
            Issue.record("\(what) is answered")
            return
          }
        }
      }
      #expect(ratio <= 2.5, "\(what)")
    }
    try await server.end()
  }

  @Test func `an address to listen on has a numeric port`() {
    for text in ["127.0.0.1:8484", "[::1]:8484", "localhost:1", "0.0.0.0:65535", "127.0.0.1:0"] {
      #expect(ListenAddress(text) != nil, "\(text)")
    }
    for text in [
      "127.0.0.1:+80", "127.0.0.1:-80", "[::1]:+80", "localhost:+80", "127.0.0.1:65536", "127.0.0.1:000080",
      "127.0.0.1:00", "127.0.0.1:", "127.0.0.1", ":80", "127.0.0.1: 80", "127.0.0.1:80 ", "127.0.0.1:0x50",
      "127.0.0.1:８０", "127.0.0.1:80:90", "[::1]:80:90", "::1:80", "[127.0.0.1]:80", "",
    ] {
      #expect(ListenAddress(text) == nil, "\(text)")
    }
  }

  @Test(arguments: Way.allCases) func `numbers in a request are decimal digits`(way: Way) async throws {
    let server = try await TestServer(way)
    for count in ["%2B5", "+5", "-5", "5.0", "5%20", "", "0x5", "%D9%A5"] {
      #expect(try await server.get("/recovery/recent?count=\(count)").status == 422, "\(count)")
    }
    #expect(try await server.get("/recovery/recent?count=5").status == 200)
    for id in ["+1.1", "1.+1", "1.-1", "1.", ".1", "1.1.1", " 1.1x"] {
      // Without a socket there are no event streams.
      let expected = way == .mounted ? 501 : 422
      #expect(try await server.get("/events", headers: ["Last-Event-ID": id]).status == expected, "\(id)")
    }
    for id in ["+1", "-1", "1.0", "0x1"] {
      let body =
        #"{"component": "a", "operation": "x", "action": "retry", "success": true, "error_id": "\#(id)"}"#
      #expect(try await server.post("/recoveries", body).status == 422, "\(id)")
    }
    try await server.end()
  }

  @Test func `the server rejects a reachable address without a token`() async throws {
    let engine = try await RecoveryEngine(ledger: InMemoryLedger())
    let open = try #require(ListenAddress("0.0.0.0:0"))
    #expect(throws: HTTPServerError.self) {
      try HealingServer(engine: engine, options: ServerOptions(listen: open))
    }
    let token: AccessToken = try #require(AccessToken(Self.writeToken))
    #expect(throws: HTTPServerError.self) {
      try HealingServer(engine: engine, options: ServerOptions(readToken: token))
    }
    #expect(throws: HTTPServerError.self) {
      try HealingServer(engine: engine, options: ServerOptions(writeToken: token, readToken: token))
    }
    _ = try HealingServer(engine: engine, options: ServerOptions(listen: open, writeToken: token))
  }

  @Test func `a host that no client can send is rejected`() throws {
    for host in [
      "", "ledger.example:80", "*", "*.example", "http://ledger.example", "a b", "[]", "ledger.exämple",
    ] {
      let error = #expect(throws: HTTPServerError.self) {
        try ServerOptions(hosts: ["a.example", host]).check()
      }
      #expect(error?.description.contains("'\(host)' is not a host") == true, "\(host)")
    }
    try ServerOptions(hosts: ["Ledger.example", "192.0.2.1", "[2001:DB8::1]", "my_host-1"]).check()
  }

  @Test func `a token is long, without blanks and never printed`() throws {
    #expect(AccessToken("short") == nil)
    #expect(AccessToken("has a blank in its midst") == nil)
    #expect(AccessToken("ümläuts-ümläuts-ümläuts") == nil)
    let token: AccessToken = try #require(AccessToken(" \(Self.writeToken)\n"))
    #expect(!"\(token)".contains("write"))
  }
}
