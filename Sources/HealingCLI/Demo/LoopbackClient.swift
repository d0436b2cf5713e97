import Foundation
import Healing

/// A client of a service on loopback with a receive timeout of 100 ms. Blocks outside the concurrency pool's
/// threads.
struct LoopbackClient: Sendable {
  let port: UInt16

  struct Stock: Decodable, Sendable {
    let stock: Int
  }

  /// - Throws: `POSIXError` from the connection, `DecodingError` from the response.
  func stock() async throws -> Stock {
    let answer = try await BlockingThread.run { try ask() }
    return try JSONDecoder().decode(Stock.self, from: answer)
  }

  private func ask() throws -> Data {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var limit = timeval(tv_sec: 0, tv_usec: 100_000)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = FaultyServer.loopback(port)
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw Self.lastError() }
    var answer = Data()
    var buffer = [UInt8](repeating: 0, count: 512)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 { return answer }
      guard count > 0 else { throw Self.lastError() }
      answer.append(contentsOf: buffer[..<count])
    }
  }

  private static func lastError() -> POSIXError {
    let code = errno
    return POSIXError(code == EAGAIN ? .ETIMEDOUT : POSIXErrorCode(rawValue: code) ?? .EIO)
  }
}
