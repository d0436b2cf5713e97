import Healing
import HealingServer
import HealingTestSupport
import Synchronization
import Testing

/// The transport alone, with a handler of the test's.
final class TestTransport: Sendable {
  let port: UInt16
  private let transport: HTTPTransport
  private let time: VirtualTime

  /// - Parameter clock: the transport's clock; `nil`: `time`.
  init(
    _ limits: HTTPLimits, time: VirtualTime, clock: (any TimeSource)? = nil,
    handle: @escaping HTTPTransport.Handler
  ) throws {
    self.time = time
    transport = try HTTPTransport(
      limits: limits, time: clock ?? time, refuseMethod: { _, _ in ProblemDetails(405, "no") }, handle: handle
    )
    port = try transport.start(at: #require(ListenAddress("127.0.0.1:0")))
  }

  /// To be called at the end of every test.
  func end() async {
    let hasEnded = Lock(false)
    let stop = Task { [transport] in
      await transport.stop(grace: .zero)
      hasEnded.withLock { $0 = true }
    }
    // The grace is by the test's own time.
    while !hasEnded.withLock({ $0 }) {
      time.advance(by: .zero)
      await pause()
    }
    await stop.value
  }

  /// Sends a request over a separate connection.
  /// - Returns: the status.
  func status(_ method: HTTPMethod, _ path: String, body: [UInt8] = []) async throws -> Int? {
    let socket = try Socket(port: port)
    socket.send(Self.head(method, path, length: body.count, closing: true) + body)
    return await Answer(raw: socket.receiveAll())?.status
  }

  static func head(_ method: HTTPMethod, _ path: String, length: Int = 0, closing: Bool = false) -> [UInt8] {
    let length = length > 0 ? "Content-Length: \(length)\r\n" : ""
    let end = closing ? "Connection: close\r\n" : ""
    return Array("\(method.rawValue) \(path) HTTP/1.1\r\nHost: localhost\r\n\(length)\(end)\r\n".utf8)
  }

  static func response(_ count: Int) -> HTTPResponse {
    HTTPResponse(contentType: "text/plain", body: .bytes([UInt8](repeating: UInt8(ascii: "x"), count: count)))
  }
}
