import Healing
import Foundation

/// Where messages for people go.
enum StandardError {
  /// The daemon's log, and the last words of a program: neither waits for a reader that does not read.
  static let log = LogWriter(descriptor: STDERR_FILENO, notice: JSONLog.notice)

  /// Writes a message on a line of its own. That it cannot be written harms nothing.
  static func say(_ message: String) {
    _ = Descriptor.write(Array("\(TerminalText.line(message))\n".utf8)[...], to: STDERR_FILENO)
  }

  /// Opens each standard descriptor that is closed, so that no file or connection takes its number. Each is opened the
  /// wrong way round: using it fails with EBADF, as if it were closed, so output that is lost is no success.
  static func openStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number, which is this one.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
