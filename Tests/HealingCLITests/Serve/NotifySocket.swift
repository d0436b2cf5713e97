import Healing
import Foundation
import Glibc
import HealingChecks

/// The end of sd_notify that systemd has: a socket that is read all the time, as systemd does.
final class NotifySocket: @unchecked Sendable {
  // `@unchecked`: the descriptor is set once; the messages are under the condition.
  let path: String
  private let descriptor: Int32
  private let condition = NSCondition()
  private var messages: [String] = []

  struct Failure: Error { let code: Int32 }

  init(path: String) throws {
    self.path = path
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0 else { throw Failure(code: errno) }
    // Ends with the descriptor, which lives as long as the test.
    Thread { [descriptor, weak self] in
      var buffer = [UInt8](repeating: 0, count: 4_096)
      while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
        guard let self else { return }
        self.take(String(decoding: buffer.prefix(count), as: UTF8.self))
      }
    }.start()
  }

  deinit {
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  private func take(_ message: String) {
    condition.withLock {
      messages.append(message)
      condition.broadcast()
    }
  }

  /// The next message; `nil` when none arrives within the time limit.
  func receive(within limit: TimeInterval) async -> String? {
    await BlockingThread.run { [self] in
      condition.lock()
      defer { condition.unlock() }
      let deadline = Date(timeIntervalSinceNow: limit)
      while messages.isEmpty { if !condition.wait(until: deadline) { return nil } }
      return messages.removeFirst()
    }
  }

  /// The next message.
  func receive() async -> String {
    await BlockingThread.run { [self] in
      condition.lock()
      defer { condition.unlock() }
      while messages.isEmpty { condition.wait() }
      return messages.removeFirst()
    }
  }
}
