import Foundation

/// Where messages for people go, and the daemon's log.
enum StandardError {
  /// Writes in one go, so that lines of several threads do not mix. That nobody reads it any more harms nothing.
  static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Opens what is closed of the three standard descriptors, so that no file or connection comes to be one of them.
  static func openStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest that is free, which is this one.
      _ = open("/dev/null", O_RDWR)
    }
  }
}
