import Foundation
import HealingServer

/// Where messages for people go.
enum StandardError {
  /// The daemon's log, and the last words of a program: neither waits for a reader that does not read.
  static let log = LogWriter(descriptor: STDERR_FILENO, notice: JSONLog.notice)

  /// Writes a message on a line of its own. That it cannot be written harms nothing.
  static func say(_ message: String) {
    _ = Descriptor.write(Array("\(TerminalText.line(message))\n".utf8)[...], to: STDERR_FILENO)
  }

  /// Opens what is closed of the three standard descriptors, so that no file or connection comes to be one of them.
  static func openStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest that is free, which is this one.
      _ = open("/dev/null", O_RDWR)
    }
  }
}
