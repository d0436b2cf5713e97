import Healing
import Foundation
import Glibc
import HealingChecks

/// Accepts connections on loopback and sends no response, unless configured to.
final class SilentServer: Sendable {
  private let descriptor: Int32
  let url: URL

  struct Failure: Error { let code: Int32 }

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    let url = URL(string: "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/")
    guard isListening, let url else { throw Failure(code: errno) }
    self.url = url
  }

  deinit { close(descriptor) }

  /// Returns when a client has connected.
  /// - Returns: the connection, for the caller to close.
  func waitForClient() async -> Int32 {
    await BlockingThread.run { [descriptor] in accept(descriptor, nil, nil) }
  }

  /// Answers the next client until it gives the connection up.
  /// - Parameters:
  ///   - beginning: the first bytes.
  ///   - rest: the bytes that follow repeatedly.
  func answer(_ beginning: String, endless rest: String) async {
    await BlockingThread.run { [descriptor] in
      let client = accept(descriptor, nil, nil)
      defer { close(client) }
      var sent = send(client, beginning, beginning.utf8.count, Int32(MSG_NOSIGNAL))
      while sent > 0 { sent = send(client, rest, rest.utf8.count, Int32(MSG_NOSIGNAL)) }
    }
  }
}
