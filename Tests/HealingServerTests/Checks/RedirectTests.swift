import HealingServer
import HealingChecks
import Foundation
import Healing
import HealingTestSupport
import Synchronization
import Testing

/// The redirections that an HTTP check follows.
@Suite struct RedirectTests {
  /// Answers `/from?LOCATION` with a redirection to it, `/round` with one to itself, all else with 200.
  private final class Site: Sendable {
    let transport: TestTransport
    private let asked: Asked

    private final class Asked: Sendable {
      let targets = Lock<[String]>([])
    }

    init() throws {
      let asked = Asked()
      self.asked = asked
      transport = try TestTransport(HTTPLimits(), time: VirtualTime(jumps: false)) { request in
        asked.targets.withLock { $0.append(request.target) }
        var response = HTTPResponse(
          contentType: "text/plain", body: .bytes(Array(repeating: UInt8(ascii: "x"), count: 100_000)))
        if request.target == "/round" {
          response.status = 301
          response.headers.add("Location", "/round")
        } else if let location = request.target.split(separator: "?", maxSplits: 1).dropFirst().first {
          response.status = [301, 302, 303, 307, 308][location.utf8.count % 5]
          response.headers.add("Location", location.removingPercentEncoding ?? "")
        }
        return .answer(response)
      }
    }

    func look(_ location: String, _ redirects: Redirects?, containing text: String? = nil) async throws
      -> HealthCheck.Result
    {
      asked.targets.withLock { $0 = [] }
      let escaped = location.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
      return try await look(path: "/from?\(escaped)", redirects, containing: text)
    }

    func look(path: String, _ redirects: Redirects?, containing text: String? = nil) async throws
      -> HealthCheck.Result
    {
      let url = try #require(URL(string: "http://127.0.0.1:\(transport.port)\(path)"))
      let check =
        redirects.map { HTTPCheck(url: url, containing: text, redirects: $0) }
        ?? HTTPCheck(url: url, containing: text)
      return try await check.check()
    }

    /// The request after the redirection.
    var followed: [String] { asked.targets.withLock { Array($0.dropFirst()) } }
  }

  @Test func `by default a redirection is followed on the same host only`() async throws {
    let site = try Site()
    let port = site.transport.port
    let same = [
      "/to", "to", "http://127.0.0.1:\(port)/to", "HTTP://127.0.0.1:\(port)/to#x", "//127.0.0.1:\(port)/to",
    ]
    for location in same {
      #expect(try await site.look(location, nil).status == .healthy, "\(location)")
      #expect(site.followed == ["/to"], "\(location)")
      #expect(try await site.look(location, .sameHost, containing: "xxx").status == .healthy, "\(location)")
    }
    let others = [
      "http://localhost:\(port)/to", "//localhost:\(port)/to", "http://127.0.0.1@localhost:\(port)/to",
      "http://127.0.0.1:\(port)@localhost:\(port)/to", "http://127.0.0.2:\(port)/to",
      "http://127.0.0.1.:\(port)/to", "file:///etc/passwd", "ftp://127.0.0.1/", "http://",
    ]
    for location in others {
      let found = try await site.look(location, nil)
      #expect(found.status == .critical, "\(location)")
      #expect(site.followed.isEmpty, "\(location)")
    }
    #expect(
      try await site.look(others[0], nil).message.hasSuffix(", a redirection that is not followed"))
    await site.transport.end()
  }

  @Test func `none follows no redirection, any follows all`() async throws {
    let site = try Site()
    let other = "http://localhost:\(site.transport.port)/to"
    for location in ["/to", other] {
      #expect(try await site.look(location, Redirects.none).status == .critical, "\(location)")
      #expect(site.followed.isEmpty, "\(location)")
      #expect(try await site.look(location, .any).status == .healthy, "\(location)")
      #expect(site.followed == ["/to"], "\(location)")
    }
    // Not even here another protocol.
    #expect(try await site.look("file:///etc/passwd", .any).status == .critical)
    await site.transport.end()
  }

  @Test func `a circular redirection fails`() async throws {
    let site = try Site()
    for redirects in [Redirects.sameHost, .any] {
      let found = try await site.look(path: "/round", redirects)
      #expect(found == .critical("cannot be reached: more than 10 redirections"))
    }
    await site.transport.end()
  }

  @Test func `a redirection status can be the expected one`() async throws {
    let site = try Site()
    let url = try #require(URL(string: "http://127.0.0.1:\(site.transport.port)/from?%2Fto"))
    let check = HTTPCheck(url: url, statuses: 300...399, redirects: Redirects.none)
    #expect(try await check.check().status == .healthy)
    await site.transport.end()
  }
}
