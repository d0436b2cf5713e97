import CHealingEvent
import Foundation

/// A listen address: a numeric IP address and a port.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// Such as `127.0.0.1` or `::1`.
  public let host: String
  /// Port; 0: the system chooses.
  public let port: UInt16

  /// 127.0.0.1:8484.
  public static let standard = ListenAddress(host: "127.0.0.1", port: 8484)

  private init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Parses `127.0.0.1:8484` or `[::1]:8484`; `localhost` means 127.0.0.1.
  /// `nil` when the text is neither.
  public init?(_ text: String) {
    let text = text.hasPrefix("localhost:") ? "127.0.0.1" + text.dropFirst("localhost".count) : text
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard let port = digits == "0" ? 0 : UInt16(port: digits) else { return nil }
    var host = text[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    // Without brackets, the start of the port would be ambiguous.
    guard isBracketed == host.contains(":") else { return nil }
    self.init(host: String(host), port: port)
    guard (try? withSocketAddress { _, _ in }) != nil else { return nil }
  }

  func with(port: UInt16?) -> ListenAddress { ListenAddress(host: host, port: port ?? self.port) }

  /// Whether only this machine can reach the address.
  public var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

  /// `127.0.0.1:8484`, `[::1]:8484`.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  private func withSocketAddress<Value>(_ body: (UnsafeMutablePointer<sockaddr>, Int32) throws -> Value)
    throws
    -> Value
  {
    var storage = sockaddr_storage()
    var length = Int32(MemoryLayout<sockaddr_storage>.size)
    return try withUnsafeMutablePointer(to: &storage) { storage in
      try storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        // The library parses no port 0, so the port is set here.
        guard evutil_parse_sockaddr_port(host, address, &length) == 0 else {
          throw HTTPServerError("\(description) is not an address; give one such as 127.0.0.1:8484")
        }
        // The port is at the same offset in both address families.
        address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port = port.bigEndian }
        return try body(address, length)
      }
    }
  }

  /// Binds and listens, without accepting yet.
  func bind(_ loop: EventLoop) throws(HTTPServerError) -> (listener: OpaquePointer, port: UInt16) {
    let flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE | LEV_OPT_DISABLED
    do {
      return try withSocketAddress { address, length in
        guard let listener = evconnlistener_new_bind(loop.base, nil, nil, UInt32(flags), 511, address, length)
        else {
          throw cannotListen(errno)
        }
        return (listener, Self.port(of: evconnlistener_get_fd(listener)))
      }
    } catch {
      throw error as? HTTPServerError ?? HTTPServerError("cannot listen on \(self): \(error)")
    }
  }

  /// Checks that a server could bind the address now. Another program can still take it before the server does.
  package func checkAvailable() throws {
    try withSocketAddress { address, length in
      let descriptor = socket(
        Int32(address.pointee.sa_family), Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      // Without a descriptor, the start of the server reports the reason.
      guard descriptor >= 0 else { return }
      defer { close(descriptor) }
      var reuse: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
      guard Foundation.bind(descriptor, address, socklen_t(length)) == 0 else { throw cannotListen(errno) }
    }
  }

  private func cannotListen(_ code: Int32) -> HTTPServerError {
    let remedy =
      switch code {
      case EADDRINUSE:
        "; end the program that listens there, or give another address (healing serve: --listen)"
      case EADDRNOTAVAIL: "; no interface of this machine has the address: give another one"
      case EACCES: "; a port below 1024 needs a privilege: give a higher one"
      default: ""
      }
    return HTTPServerError("cannot listen on \(self): \(String(cString: strerror(code)))\(remedy)")
  }

  private static func port(of descriptor: Int32) -> UInt16 {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
      return storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        UInt16(bigEndian: $0.pointee.sin_port)
      }
    }
  }
}
