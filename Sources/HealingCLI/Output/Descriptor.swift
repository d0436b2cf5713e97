import Foundation

/// Writes to an open descriptor, without a buffer.
enum Descriptor {
  /// Writes all of it. Blocks where the other side does not read.
  /// - Returns: how much was written, and the `errno` value that ended it early; 0 when all was.
  static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> (count: Int, code: Int32) {
    bytes.withUnsafeBytes { buffer in
      var count = 0
      while count < buffer.count {
        let written = Foundation.write(
          descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
        if written >= 0 {
          count += written
          continue
        }
        switch errno {
        case EINTR: continue
        case EAGAIN:
          // Another program that shares the descriptor has made it so.
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&wait, 1, -1)
        default: return (count, errno)
        }
      }
      return (count, 0)
    }
  }
}
