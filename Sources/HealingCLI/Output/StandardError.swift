import Healing
import Foundation

/// Output for messages to people.
enum StandardError {
  /// The daemon's log, also used for a program's last line. Does not block on a slow reader.
  static let log = LogWriter(descriptor: STDERR_FILENO, notice: JSONLog.notice)

  /// Writes a message as one line. Write errors are ignored.
  static func say(_ message: String) {
    _ = Descriptor.write(Array("\(TerminalText.line(message))\n".utf8)[...], to: STDERR_FILENO)
  }

  /// Opens each closed standard descriptor, so that no file or connection gets its number. Each is opened for
  /// the opposite direction: using it fails with EBADF as if it were closed, so lost output is not reported as
  /// success.
  static func openStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // `open` returns the lowest free number, which is this one.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
