import Foundation
import Synchronization

/// A TCP service on loopback that really fails: it answers, sends malformed data, drops connections, hangs, or
/// does not listen. The system chooses the port at the start; the port stays the same while the service does
/// not listen.
final class FaultyServer: Sendable {
  enum Behaviour: Int, Sendable {
    case answers, garbles, drops, hangs, refuses
  }

  let port: UInt16
  private let behaviour = Atomic<Int>(Behaviour.answers.rawValue)
  private let isStopped = Atomic<Bool>(false)

  /// - Throws: `POSIXError` when no port is available.
  init() throws {
    let listener = try Self.listen(port: 0)
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
    }
    port = UInt16(bigEndian: address.sin_port)
    let thread = Thread { [self] in serve(listener) }
    thread.name = "demo-server"
    thread.start()
  }

  func behave(_ next: Behaviour) { behaviour.store(next.rawValue, ordering: .relaxed) }

  func stop() { isStopped.store(true, ordering: .relaxed) }

  private func serve(_ first: Int32) {
    var listener: Int32? = first
    var hanging: [Int32] = []
    while !isStopped.load(ordering: .relaxed) {
      let now = Behaviour(rawValue: behaviour.load(ordering: .relaxed)) ?? .answers
      if now == .refuses {
        if let open = listener { close(open) }
        listener = nil
        usleep(20_000)
        continue
      }
      if listener == nil { listener = try? Self.listen(port: port) }
      guard let open = listener else {
        usleep(20_000)
        continue
      }
      var poll = pollfd(fd: open, events: Int16(POLLIN), revents: 0)
      guard Glibc.poll(&poll, 1, 20) > 0 else { continue }
      let connection = accept(open, nil, nil)
      guard connection >= 0 else { continue }
      switch now {
      case .hangs:
        hanging.append(connection)
        if hanging.count > 64 { close(hanging.removeFirst()) }
      case .drops:
        // Without lingering, the client sees a reset.
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close(connection)
      default:
        let answer = now == .garbles ? "{\"stock\": 12, \"sku" : "{\"stock\": 12}"
        _ = answer.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        close(connection)
      }
    }
    hanging.forEach { close($0) }
    if let open = listener { close(open) }
  }

  private static func listen(port: UInt16) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = Self.loopback(port)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, Glibc.listen(descriptor, 128) == 0 else {
      let code = errno
      close(descriptor)
      throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO)
    }
    return descriptor
  }

  static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
}
