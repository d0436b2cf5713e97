import Foundation
import Healing
import HealingServer
import HealingTestSupport
import Synchronization
import Testing

/// More clients at once than the limit of connections.
struct ConnectionBurstTests {
  /// A clock that counts the server's open connections whenever the transport reads it, which is at each accepted one.
  private final class CountingClock: TimeSource {
    let port = Lock<UInt16>(0)
    let most = Lock(0)

    func monotonicNanoseconds() -> Int64 {
      let port = port.withLock { $0 }
      let count = (0..<1_024).count {
        Self.port(of: Int32($0), getsockname) == port && Self.port(of: Int32($0), getpeername) != nil
      }
      most.withLock { $0 = max($0, count) }
      return 0
    }
    func wallClock() -> Timestamp { Timestamp(microseconds: 0) }
    func sleep(for duration: Duration) async throws { try await SystemTimeSource().sleep(for: duration) }

    private static func port(
      of descriptor: Int32,
      _ name: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> UInt16? {
      var address = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let result = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name(descriptor, $0, &length) }
      }
      return result == 0 && address.sin_family == sa_family_t(AF_INET)
        ? UInt16(bigEndian: address.sin_port) : nil
    }
  }

  @Test(arguments: [8, 20])
  func `a burst of clients takes no more descriptors than the limit, and all are served`(
    limit: Int
  ) async throws {
    let clock = CountingClock()
    var limits = HTTPLimits()
    limits.connections = limit
    let isHeld = DispatchSemaphore(value: 0)
    let mayGoOn = DispatchSemaphore(value: 0)
    let transport = try TestTransport(limits, time: VirtualTime(), clock: clock) { request in
      if request.target == "/hold" {
        isHeld.signal()
        mayGoOn.wait()
      }
      return .answer(TestTransport.response(10))
    }
    clock.port.withLock { $0 = transport.port }
    // While the loop handles the first request, the others come.
    let first = try Socket(port: transport.port)
    first.send(TestTransport.head(.get, "/hold"))
    await BlockingThread.run { isHeld.wait() }
    let burst = try (0..<60).map { _ in
      let socket = try Socket(port: transport.port)
      socket.send(TestTransport.head(.get, "/now"))
      return socket
    }
    mayGoOn.signal()
    for socket in burst { #expect(await socket.peekStatus() == 200) }
    let most = clock.most.withLock { $0 }
    // One connection is accepted beyond the limit, so that another is closed for it.
    #expect(most > limit / 2 && most <= limit + 1, "\(most)")
    await transport.end()
  }
}
