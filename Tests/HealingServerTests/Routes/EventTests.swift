import Foundation
import Healing
import HealingServer
import HealingSQLite
import HealingTestSupport
import Synchronization
import Testing

@Suite struct EventTests {
  /// The events that a client of the stream has read.
  private struct Event: Hashable {
    let id: String
    let kind: String
    /// The ledger's own id, from the data.
    let row: String
  }

  private struct Enough: Error {}

  /// Reads a stream without a socket until it has as many events as wanted.
  private final class Reader: ResponseWriter {
    private let text = Lock("")
    private let count: Int

    init(_ count: Int) { self.count = count }

    func write(_ bytes: [UInt8]) async throws {
      text.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
      if events.count >= count { throw Enough() }
    }

    var events: [Event] { text.withLock { EventTests.parse($0) } }
    var all: String { text.withLock { $0 } }
  }

  private static func parse(_ text: String) -> [Event] {
    // The last piece may be half an event.
    text.components(separatedBy: "\n\n").dropLast().compactMap { block in
      var fields: [String: String] = [:]
      for line in block.components(separatedBy: "\n") {
        // A comment, which keeps the connection alive, has nothing after its colon.
        let parts = line.split(separator: ":", maxSplits: 1)
        if parts.count == 2 { fields[String(parts[0])] = String(parts[1].dropFirst()) }
      }
      guard let id = fields["id"], let kind = fields["event"], let data = fields["data"] else { return nil }
      let object = try? JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any]
      return Event(id: id, kind: kind, row: object?["id"] as? String ?? "?")
    }
  }

  private func follow(_ server: HealingServer, after id: String?, count: Int) async throws -> [Event] {
    Self.parse(try await text(server, after: id, count: count))
  }

  private func text(_ server: HealingServer, after id: String?, count: Int) async throws -> String {
    var headers = HTTPHeaders([("Host", "localhost")])
    if let id { headers.add("Last-Event-ID", id) }
    let response = await server.router.respond(
      to: HTTPRequest(.get, "/api/v1/healing/events", headers: headers))
    guard case .stream(let run) = response.body else { return "" }
    let reader = Reader(count)
    try? await run(reader)
    return reader.all
  }

  private static func error(_ ledger: any Ledger, id: LedgerID? = nil) -> ErrorContext {
    ErrorContext(
      id: id ?? ledger.makeID(), at: Timestamp(microseconds: 1), component: "a", operation: "x",
      classification: ErrorClassification(category: .network, rule: "r"), type: "T", message: "line\nbreak")
  }

  @Test func `each kind of event has the id of its row`() async throws {
    let server = try await TestServer(.router, time: SystemTimeSource())
    _ = try await server.post(
      "/components/register",
      #"{"component": "a", "enable_circuit_breaker": true, "circuit_breaker_config": {"failure_threshold": 1}}"#
    )
    let reported = try await server.post(
      "/errors", #"{"component": "a", "operation": "x", "message": "refused"}"#)
    _ = try await server.post("/circuit-breakers/reset", #"{"component": "a"}"#)
    let events = try await follow(server.server, after: "0", count: 4)
    #expect(events.map(\.kind) == ["error", "transition", "transition", "recovery"])
    #expect(events[0].row == reported.value("error_id"))
    #expect(events.allSatisfy { $0.id.hasPrefix($0.row + ".") })
    let rest = try await follow(server.server, after: events[1].id, count: 2)
    #expect(rest == Array(events[2...]))
    try await server.end()
  }

  @Test func `a client behind deleted events gets a reset and the events after them`() async throws {
    let server = try await TestServer(.router, time: SystemTimeSource())
    let ids = (0..<6).map { _ in server.ledger.makeID() }
    // The first four are from 1970.
    for (index, id) in ids.enumerated() {
      var error = Self.error(server.ledger, id: id)
      if index >= 4 { error.at = SystemTimeSource().wallClock() }
      server.ledger.record(.error(error))
      try await server.ledger.flush()
    }
    let all = try await follow(server.server, after: "0", count: 6)
    let upkeep = try LedgerUpkeep(path: server.folder.path(), identity: ProcessIdentity())
    let report = try await upkeep.prune(.standard)
    #expect(report.figures.deleted["error"]?.rows == 4)
    for seen in ["0", all[1].id] {
      let reader = try await text(server.server, after: seen, count: 2)
      #expect(
        reader.hasPrefix("retry: 2000\n\nevent: reset\ndata: {\"position\":4}\n\nid: \(all[4].id)\n"),
        "\(reader)")
    }
    // A client that has received them all gets no reset.
    #expect(try await follow(server.server, after: all[3].id, count: 2) == Array(all[4...]))
    #expect(try await follow(server.server, after: all[4].id, count: 1) == [all[5]])
    try await server.end()
  }

  @Test func `an id that is not from the ledger is rejected`() async throws {
    let server = try await TestServer(.router, time: SystemTimeSource())
    server.ledger.record(.error(Self.error(server.ledger)))
    try await server.ledger.flush()
    for id in [
      "1.1", "nonsense", "-1", "1", "9223372036854775807.9223372036854775807", "1.-9223372036854775808",
    ] {
      let answer = try await server.get("/events", headers: ["Last-Event-ID": id])
      #expect(answer.status == 422, "\(id)")
    }
    try await server.end()
  }

  @Test func `the stream omits and repeats no event while two programs write and the server restarts`()
    async throws
  {
    let server = try await TestServer(.live, time: SystemTimeSource())
    let path = server.folder.path()
    let other = try SQLiteLedger(path: path, options: TestServer.ledgerOptions)
    let perWriter = 300
    // Each writer takes ids ahead and records them late and in another order, as threads that are held up do.
    let writers = [server.ledger, other].enumerated().map { number, ledger in
      Task {
        var generator = SplitMix64(seed: UInt64(number))
        var recorded: Set<String> = []
        var held: [LedgerID] = []
        for index in 0..<perWriter {
          held.append(ledger.makeID())
          if index % 10 == 9 || index == perWriter - 1 {
            for id in held.shuffled(using: &generator) { ledger.record(.error(Self.error(ledger, id: id))) }
            recorded.formUnion(held.map(\.description))
            held = []
            try await ledger.flush()
          }
        }
        return recorded
      }
    }
    var seen: [Event] = []
    var generator = SplitMix64(seed: 5)
    // A client that loses its connection again and again; every few times the server is another one.
    var round = 0
    while seen.count < 2 * perWriter {
      round += 1
      let wanted = min(Int.random(in: 1...60, using: &generator), 2 * perWriter - seen.count)
      let after = seen.last?.id ?? "0"
      if round.isMultiple(of: 3) {
        let again = try HealingServer(engine: try await RecoveryEngine(ledger: other))
        seen += try await follow(again, after: after, count: wanted)
      } else {
        let socket = try Socket(port: server.port)
        socket.send(
          "GET \(TestServer.base)/events HTTP/1.0\r\nHost: localhost\r\nLast-Event-ID: \(after)\r\n\r\n")
        var text = ""
        while Self.parse(text).count < wanted {
          let more = await socket.receive(through: "\n\n")
          try #require(!more.isEmpty, "the stream has ended")
          text += more
        }
        seen += Self.parse(text)
      }
    }
    var recorded: Set<String> = []
    for writer in writers { recorded.formUnion(try await writer.value) }
    #expect(seen.count == 2 * perWriter)
    #expect(Set(seen).count == seen.count)
    #expect(Set(seen.map(\.row)) == recorded)
    try await other.close()
    try await server.end()
  }

  @Test func `a stream starts at the next event and ends with the server`() async throws {
    let server = try await TestServer(.live, time: SystemTimeSource())
    server.ledger.record(.error(Self.error(server.ledger)))
    try await server.ledger.flush()
    let socket = try Socket(port: server.port)
    socket.send("GET \(TestServer.base)/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    let head = await socket.receive(through: "retry: 2000\n\n")
    #expect(head.contains("200 OK") && head.contains("Content-Type: text/event-stream"))
    let late = Self.error(server.ledger)
    server.ledger.record(.error(late))
    // Signs of life may come before it.
    let text = await socket.receive(through: "}\n\n")
    #expect(text.contains("id: \(late.id).2\nevent: error\ndata: {"))
    // The message has a line break; the data is one line all the same.
    #expect(text.contains(#""message":"line\nbreak""#))
    try await server.end()
    #expect(String(decoding: await socket.receiveAll(), as: UTF8.self).hasSuffix("0\r\n\r\n"))
  }
}
