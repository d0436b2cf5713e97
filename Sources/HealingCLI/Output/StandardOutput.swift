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

  /// Closes it: some file systems say only then that there was no room.
  /// - Throws: ``OutputError``.
  static func end() throws {
    guard close(STDOUT_FILENO) == 0 || errno == EINTR || errno == EBADF else {
      throw OutputError(code: errno)
    }
  }
}

/// Standard output could not be written.
struct OutputError: Error, CustomStringConvertible {
  /// An `errno` value.
  let code: Int32

  var description: String { "standard output cannot be written: \(String(cString: strerror(code)))" }
}

/// Ends the program with a code and without another word.
struct SilentExit: Error {
  let code: ExitCode
}
