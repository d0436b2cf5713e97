import Healing
import HealingServer
import Testing

/// Requests that another web server passes on get the answers that the socket gives.
@Suite struct RespondTests {
  private struct Request: CustomTestStringConvertible {
    let method: String
    let path: String
    let headers: [(name: String, value: String)]
    let body: String
    let status: Int

    init(
      _ status: Int, _ method: String, _ path: String, _ headers: [(name: String, value: String)] = [],
      body: String = ""
    ) {
      self.status = status
      self.method = method
      self.path = path
      self.headers = headers
      self.body = body
    }

    var testDescription: String { "\(status) \(method) \(path.prefix(60))" }
  }

  private static let token = "write-write-write-write"
  private static let host = (name: "Host", value: "localhost")
  private static let access = (name: "Authorization", value: "Bearer \(token)")
  private static let json = (name: "Content-Type", value: "application/json")
  private static let api = "/api/v1/healing"

  private static let requests: [Request] = [
    Request(200, "GET", "/healthz", [host]),
    Request(200, "HEAD", "/healthz", [host]),
    Request(200, "GET", "\(api)/components", [host, access]),
    Request(200, "HEAD", "\(api)/components", [host, access]),
    Request(200, "GET", "\(api)/errors/categories", [host, access]),
    Request(200, "GET", "/openapi.json", [host, access]),
    Request(
      200, "POST", "\(api)/samples", [host, access, json], body: #"{"component": "a", "outcome": "success"}"#),
    Request(200, "POST", "\(api)/monitoring/stop", [host, access]),
    // Errors of a request.
    Request(400, "GET", "/healthz", []),
    Request(400, "GET", "/healthz", [host, (name: "host", value: "localhost")]),
    Request(400, "GET", "no path", [host]),
    Request(400, "GET", "/%zz", [host]),
    Request(400, "GET", "/healthz", [host, (name: "X", value: "a\u{1}b")]),
    Request(400, "GET", "/healthz", [host, (name: "X Y", value: "a")]),
    Request(400, "HEAD", "/healthz", [host], body: "{}"),
    Request(401, "GET", "\(api)/components", [host]),
    Request(401, "GET", "\(api)/events", [host]),
    Request(
      401, "POST", "\(api)/samples", [host, (name: "Authorization", value: "Bearer wrong")], body: "{}"),
    Request(
      403, "POST", "\(api)/samples", [host, access, json, (name: "Origin", value: "https://evil.example")],
      body: "{}"),
    Request(404, "GET", "\(api)/component/nobody/stats", [host, access]),
    Request(404, "GET", "/nothing", [host, access]),
    Request(405, "DELETE", "/metrics", [host, access]),
    Request(405, "FROB", "/metrics", [host, access]),
    Request(401, "FROB", "/metrics", [host]),
    Request(
      413, "POST", "\(api)/samples", [host, access, json], body: String(repeating: " ", count: 1 << 20 | 1)),
    Request(414, "GET", "/" + String(repeating: "a", count: 9_000), [host]),
    Request(415, "POST", "\(api)/samples", [host, access], body: "{}"),
    Request(421, "GET", "/healthz", [(name: "Host", value: "evil.example")]),
    Request(400, "POST", "\(api)/samples", [host, access, json], body: "{"),
    Request(422, "POST", "\(api)/samples", [host, access, json], body: "{}"),
    Request(422, "GET", "\(api)/health?nonsense=1", [host, access]),
    Request(431, "GET", "/healthz", [host] + (0..<100).map { (name: "X-\($0)", value: "a") }),
    Request(431, "GET", "/healthz", [host, (name: "X", value: String(repeating: "a", count: 20_000))]),
  ]

  /// Fields that say what the answer is, not how it is sent.
  private static let fields = [
    "content-type", "cache-control", "allow", "www-authenticate", "retry-after",
  ]

  @Test(arguments: requests.indices)
  func `a request that is passed on is answered as over the socket`(index: Int) async throws {
    let request = Self.requests[index]
    let server = try await TestServer(
      .live, options: ServerOptions(writeToken: AccessToken(Self.token)))
    let mounted = await server.server.respond(
      method: request.method, path: request.path, headers: request.headers, body: Array(request.body.utf8))
    var text = "\(request.method) \(request.path) HTTP/1.1\r\nConnection: close\r\n"
    for field in request.headers { text += "\(field.name): \(field.value)\r\n" }
    if !request.body.isEmpty { text += "Content-Length: \(request.body.utf8.count)\r\n" }
    // The socket does not wait for a body that it does not take.
    let live = try await server.exchange(text + "\r\n" + (request.status == 413 ? "" : request.body))
    #expect(mounted.status == request.status && live.status == request.status, "\(request.testDescription)")
    for name in Self.fields {
      let value = mounted.headers.first { $0.name.lowercased() == name }?.value
      #expect(value == live.headers[name], "\(request.testDescription): \(name)")
    }
    if request.method == "HEAD" {
      let length = mounted.headers.first { $0.name == "Content-Length" }?.value
      #expect(mounted.body.isEmpty && length == live.headers["content-length"], "\(request.testDescription)")
    } else {
      #expect(mounted.body == live.body, "\(request.testDescription)")
    }
    try await server.end()
  }

  @Test func `a stream is for the socket only, and a started server need not be`() async throws {
    let server = try await TestServer(.mounted)
    let events = await server.server.respond(
      method: "GET", path: "\(Self.api)/events", headers: [Self.host])
    #expect(events.status == 501)
    #expect(String(decoding: events.body, as: UTF8.self).contains("the server's own socket"))
    let head = await server.server.respond(
      method: "HEAD", path: "\(Self.api)/events", headers: [Self.host])
    #expect(head.status == 200)
    #expect(head.headers.contains { $0.name == "Content-Type" && $0.value == "text/event-stream" })
    #expect(server.server.port == nil)
    try await server.end()
  }

  @Test func `a body that was sent in chunks is taken, and a line break in a value is not`() async throws {
    let server = try await TestServer(.mounted)
    let body = Array(#"{"component": "a", "outcome": "success"}"#.utf8)
    let chunked = await server.server.respond(
      method: "POST", path: "\(Self.api)/samples",
      headers: [Self.host, Self.json, (name: "Transfer-Encoding", value: "chunked")], body: body)
    #expect(chunked.status == 200)
    let smuggled = await server.server.respond(
      method: "GET", path: "\(Self.api)/components", headers: [(name: "X", value: "a\r\nHost: localhost")])
    #expect(smuggled.status == 400)
    try await server.end()
  }
}
