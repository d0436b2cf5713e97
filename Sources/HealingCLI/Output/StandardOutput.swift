import Foundation

/// Output for results. It is unbuffered, so write errors are detected immediately.
enum StandardOutput {
  /// Writes the whole text.
  /// - Throws: ``OutputError``; ``SilentExit`` when the reader has exited, as with `head`.
  static func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Writes all bytes; throws as ``write(_:)-(String)``.
  static func write(_ bytes: [UInt8]) throws {
    let (_, code) = Descriptor.write(bytes[...], to: STDOUT_FILENO)
    guard code != 0 else { return }
    throw code == EPIPE ? SilentExit(code: .ok) : OutputError(code: code) as any Error
  }

  /// Waits until `descriptor` is readable.
  /// - Throws: ``SilentExit`` when the reader of standard output exits first: a command that waits for input
  ///   would not notice.
  static func awaitInput(from descriptor: Int32) throws {
    var waits = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
    ]
    while poll(&waits, nfds_t(waits.count), -1) < 0 {
      // When `poll` fails, for example without memory, the read blocks instead.
      guard errno == EINTR else { return }
    }
    if waits[1].revents & Int16(POLLERR | POLLHUP) != 0 { throw SilentExit(code: .ok) }
  }

  /// - Throws: ``SilentExit`` when the reader of standard output has exited: a command that waits for events would not notice.
  static func checkReader() throws {
    var wait = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    if poll(&wait, 1, 0) > 0, wait.revents & Int16(POLLERR | POLLHUP) != 0 { throw SilentExit(code: .ok) }
  }

  /// Closes standard output, because some file systems report a full disk only at that time.
  /// - Throws: ``OutputError``.
  static func end() throws {
    guard close(STDOUT_FILENO) == 0 || errno == EINTR else {
      throw OutputError(code: errno)
    }
  }
}

/// Standard output could not be written.
struct OutputError: Error, CustomStringConvertible {
  /// An `errno` value.
  let code: Int32

  var description: String {
    let reason = code == EBADF ? "it is closed or not open for writing" : String(cString: strerror(code))
    return "standard output cannot be written: \(reason)"
  }
}

/// Ends the program with an exit code and without a message.
struct SilentExit: Error {
  let code: ExitCode
}
