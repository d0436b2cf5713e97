import Foundation

/// Where figures go. Nothing stays in a buffer, so what cannot be written is known at once.
enum StandardOutput {
  /// Writes all of it.
  /// - Throws: ``OutputError``; ``SilentExit`` when its reader has gone, which is how `head` ends.
  static func write(_ text: String) throws {
    let (_, code) = Descriptor.write(Array(text.utf8)[...], to: STDOUT_FILENO)
    guard code != 0 else { return }
    throw code == EPIPE ? SilentExit(code: .ok) : OutputError(code: code) as any Error
  }

  /// Waits until `descriptor` can be read.
  /// - Throws: ``SilentExit`` when the reader of standard output goes away first: a command without anything to write would
  ///   not notice.
  static func awaitInput(from descriptor: Int32) throws {
    var waits = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
    ]
    while poll(&waits, nfds_t(waits.count), -1) < 0 {
      // Without memory for the wait itself, reading waits instead.
      guard errno == EINTR else { return }
    }
    if waits[1].revents & Int16(POLLERR | POLLHUP) != 0 { throw SilentExit(code: .ok) }
  }

  /// Closes it: some file systems say only then that there was no room.
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

/// Ends the program with a code and without another word.
struct SilentExit: Error {
  let code: ExitCode
}
