import Foundation
import Healing
import HealingServer
import HealingSQLite
import HealingTestSupport
import Testing

/// How a test's requests reach the API: all ways must give the same responses.
enum Way: String, CaseIterable, CustomTestStringConvertible {
  /// As values, without a socket.
  case router
  /// As a server that mounts the API passes them on.
  case mounted
  /// Over a real connection.
  case live

  var testDescription: String { rawValue }
}

/// A server over its own real ledger.
final class TestServer {
  static let base = "/api/v1/healing"

  let folder: TemporaryFolder
  let ledger: SQLiteLedger
  let engine: RecoveryEngine
  let server: HealingServer
  private let way: Way

  /// Tests record events with times long past, expect the row of each error, and read much on a busy machine.
  static let ledgerOptions = SQLiteLedgerOptions(
    errorRowsPerSecond: .max, retention: nil, readDeadline: .seconds(600))

  /// - Parameter time: the server's time source; the engine has the system's. By default a stopped clock, so that a
  ///   write may take as long as it takes before its request is answered.
  init(
    _ way: Way = .live, options: ServerOptions? = nil, limits: HTTPLimits = HTTPLimits(),
    time: any TimeSource = VirtualTime(wall: SystemTimeSource().wallClock(), jumps: false)
  ) async throws {
    folder = try TemporaryFolder()
    ledger = try SQLiteLedger(path: folder.path(), options: Self.ledgerOptions)
    engine = try await RecoveryEngine(ledger: ledger, policy: ComponentPolicy(breaker: nil))
    var options = options ?? ServerOptions()
    options.listen = try #require(ListenAddress("127.0.0.1:0"))
    options.limits = limits
    server = try HealingServer(engine: engine, options: options, time: time)
    self.way = way
    if way == .live { try await server.start() }
  }

  /// Ends the server and the ledger; to be called at the end of every test.
  func end() async throws {
    if way == .live { await server.stop() }
    try await ledger.close()
  }

  /// The ledger once more, after ``end()``.
  func reopened() throws -> SQLiteLedger { try SQLiteLedger(path: folder.path()) }

  var port: UInt16 { server.port ?? 0 }

  func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
    try await send(.get, path, headers: headers)
  }

  func post(_ path: String, _ json: String? = nil, headers: [String: String] = [:]) async throws -> Answer {
    try await send(.post, path, json: json, headers: headers)
  }

  /// - Parameter path: below the API's base, or from the root when it begins with `//`.
  func send(_ method: HTTPMethod, _ path: String, json: String? = nil, headers: [String: String] = [:])
    async throws -> Answer
  {
    let target = path.hasPrefix("//") ? String(path.dropFirst()) : Self.base + path
    var all = ["Host": "localhost"]
    if json != nil { all["Content-Type"] = "application/json" }
    all.merge(headers) { $1 }
    let fields = all.filter { !$0.value.isEmpty }
    switch way {
    case .router:
      let request = HTTPRequest(
        method, target, headers: HTTPHeaders(fields.map { ($0.key, $0.value) }),
        body: Array((json ?? "").utf8))
      let response = await server.router.respond(to: request)
      guard case .bytes(let body) = response.body else { return Answer(status: 0, headers: [:], body: []) }
      let headers = response.headers.fields.map { ($0.name.lowercased(), $0.value) }
      return Answer(
        status: response.status, headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }),
        body: body)
    case .mounted:
      let response = await server.respond(
        method: method.rawValue, path: target, headers: fields.map { ($0.key, $0.value) },
        body: Array((json ?? "").utf8))
      let headers = response.headers.map { ($0.name.lowercased(), $0.value) }
      return Answer(
        status: response.status, headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }),
        body: response.body)
    case .live:
      var head = "\(method.rawValue) \(target) HTTP/1.1\r\nConnection: close\r\n"
      for (name, value) in fields { head += "\(name): \(value)\r\n" }
      if let json { head += "Content-Length: \(json.utf8.count)\r\n" }
      return try await exchange(head + "\r\n" + (json ?? ""))
    }
  }

  /// Sends text over a separate connection and reads the response.
  func exchange(_ text: String) async throws -> Answer { try await exchange(Array(text.utf8)) }

  func exchange(_ bytes: [UInt8]) async throws -> Answer {
    let socket = try Socket(port: port)
    socket.send(bytes)
    return try #require(Answer(raw: await socket.receiveAll()))
  }
}
