import Foundation

/// Writes to an open descriptor without buffering.
enum Descriptor {
  /// Writes all bytes. Blocks while the reader does not read.
  /// - Returns: the number of bytes written, and the `errno` value of the error that ended the write; 0 when
  ///   all were written.
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
          // Another program with the same descriptor has made it non-blocking.
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&wait, 1, -1)
        default: return (count, errno)
        }
      }
      return (count, 0)
    }
  }
}
