import Foundation
public import Healing

/// Connects to a TCP port and closes the connection.
public struct TCPCheck: Sendable {
  private let host: String
  private let port: UInt16
  private let timeout: Duration

  /// - Parameters:
  ///   - host: a name or an address.
  ///   - port: the port to connect to.
  ///   - timeout: time limit for connecting to each address, 1 ms...1 h.
  public init(host: String, port: UInt16, timeout: Duration) {
    self.host = host
    self.port = port
    self.timeout = timeout
  }

  /// Runs the check once.
  public func check() async throws -> HealthCheck.Result {
    await BlockingThread.run { connect() }
  }

  private func connect() -> HealthCheck.Result {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &found)
    guard code == 0 else {
      return .critical("the name cannot be resolved: \(String(cString: gai_strerror(code)))")
    }
    defer { freeaddrinfo(found) }
    var problem = "no address"
    var next = found
    while let address = next?.pointee {
      guard let trouble = connect(to: address) else { return .healthy("takes connections") }
      problem = trouble
      next = address.ai_next
    }
    return .critical("takes no connections: \(problem)")
  }

  /// - Returns: the problem; `nil` when the connection was made.
  private func connect(to address: addrinfo) -> String? {
    let type = address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.ai_family, type, address.ai_protocol)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    defer { close(descriptor) }
    if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return nil }
    guard errno == EINPROGRESS else { return String(cString: strerror(errno)) }
    var events = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    let ready = poll(&events, 1, Int32(clamping: Int64(timeout.milliseconds.rounded(.up))))
    guard ready > 0 else { return ready == 0 ? "no answer in \(timeout)" : String(cString: strerror(errno)) }
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    return code == 0 ? nil : String(cString: strerror(code))
  }
}
