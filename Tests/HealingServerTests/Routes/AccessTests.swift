import Healing
import HealingSQLite
import HealingServer
import Testing

@Suite struct AccessTests {
  private static let writeToken = "write-write-write-write"
  private static let readToken = "read-read-read-read"

  @Test(arguments: Way.allCases) func `only known hosts are answered`(way: Way) async throws {
    let server = try await TestServer(way, options: ServerOptions(hosts: ["Ledger.example"]))
    for host in ["localhost", "localhost:8484", "127.0.0.1:1", "[::1]", "[::1]:8484", "ledger.example:80"] {
      #expect(try await server.get("//healthz", headers: ["Host": host]).status == 200, "\(host)")
    }
    for host in [
      "evil.example", "localhost.evil.example", "localhost:8484.evil", "[::1].evil", "localhost@evil", "::1",
    ] {
      #expect(try await server.get("//healthz", headers: ["Host": host]).status == 421, "\(host)")
    }
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `changes are not taken from pages of other sites`(way: Way) async throws
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

  @Test(arguments: Way.allCases) func `bodies are taken as application/json only`(way: Way) async throws {
    let server = try await TestServer(way)
    let sample = #"{"component": "a", "outcome": "success"}"#
    for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
      #expect(
        try await server.post("/samples", sample, headers: ["Content-Type": type]).status == 415, "\(type)")
    }
    for type in ["application/json", "Application/JSON; charset=utf-8"] {
      #expect(
        try await server.post("/samples", sample, headers: ["Content-Type": type]).status == 200, "\(type)")
    }
    // What needs no body needs no type, but not a wrong one either: that is what a form would send.
    #expect(try await server.post("/monitoring/stop").status == 200)
    let form = ["Content-Type": "application/x-www-form-urlencoded"]
    #expect(try await server.post("/monitoring/stop", headers: form).status == 415)
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `tokens decide who may read and who may write`(way: Way) async throws {
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

  @Test func `it does not open itself to others without a token`() async throws {
    let engine = try await RecoveryEngine(ledger: InMemoryLedger())
    let open = try #require(ListenAddress("0.0.0.0:0"))
    #expect(throws: HTTPServerError.self) {
      try HealingServer(engine: engine, options: ServerOptions(listen: open))
    }
    let token: AccessToken = try #require(AccessToken(Self.writeToken))
    #expect(throws: HTTPServerError.self) {
      try HealingServer(engine: engine, options: ServerOptions(readToken: token))
    }
    _ = try HealingServer(engine: engine, options: ServerOptions(listen: open, writeToken: token))
  }

  @Test func `a token is long, in one piece and never printed`() throws {
    #expect(AccessToken("short") == nil)
    #expect(AccessToken("has a blank in its midst") == nil)
    #expect(AccessToken("ümläuts-ümläuts-ümläuts") == nil)
    let token: AccessToken = try #require(AccessToken(" \(Self.writeToken)\n"))
    #expect(!"\(token)".contains("write"))
  }
}
