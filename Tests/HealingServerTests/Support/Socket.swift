import Healing
import Glibc
import HealingChecks

/// A client's end of a TCP connection, byte for byte.
final class Socket: Sendable {
  private let descriptor: Int32

  struct Failure: Error { let code: Int32 }

  /// - Parameter receiveBuffer: bytes that the system holds for this end; `nil`: its own choice, which may be megabytes.
  init(port: UInt16, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if var bytes = receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw Failure(code: errno) }
  }

  deinit { close(descriptor) }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// The other side may have closed already; then what it answered is still to be read.
  func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  /// Returns when the other side has given the connection up.
  func waitForReset() async {
    await BlockingThread.run { [descriptor] in
      var events = pollfd(fd: descriptor, events: 0, revents: 0)
      while events.revents & Int16(POLLERR | POLLHUP) == 0 { _ = poll(&events, 1, -1) }
    }
  }

  /// Whether the other side has given the connection up.
  var isReset: Bool {
    var events = pollfd(fd: descriptor, events: 0, revents: 0)
    return poll(&events, 1, 0) > 0 && events.revents & Int16(POLLERR | POLLHUP) != 0
  }

  /// Whether data has arrived, or the peer has closed.
  var hasAnswer: Bool {
    var events = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&events, 1, 0) > 0
  }

  /// The status of the next response, which remains unread.
  func peekStatus() async -> Int? {
    await BlockingThread.run { [descriptor] in
      var buffer = [UInt8](repeating: 0, count: 12)
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_PEEK | MSG_WAITALL))
      return count == buffer.count ? Int(String(decoding: buffer.suffix(3), as: UTF8.self)) : nil
    }
  }

  /// All data until the peer closes.
  func receiveAll() async -> [UInt8] {
    await BlockingThread.run { [self] in
      var bytes: [UInt8] = []
      while case let next = receive(), !next.isEmpty { bytes += next }
      return bytes
    }
  }

  /// So many bytes, or fewer when the other side closes before.
  func receive(count: Int) async -> Int {
    await BlockingThread.run { [self] in
      var total = 0
      while total < count, case let next = receive(), !next.isEmpty { total += next.count }
      return total
    }
  }

  /// The data up to and including a text; ends early when the peer closes.
  func receive(through end: String) async -> String {
    await BlockingThread.run { [self] in
      var text = ""
      while !text.contains(end), case let next = receive(), !next.isEmpty {
        text += String(decoding: next, as: UTF8.self)
      }
      return text
    }
  }

  /// The available data; blocks until there is some.
  func receive() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count > 0 ? Array(buffer[..<count]) : []
  }
}
