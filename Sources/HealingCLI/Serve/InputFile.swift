import Foundation

/// A file of the configuration.
enum InputFile {
  /// Reads a whole file.
  /// - Parameter what: the name of its contents in the error, such as `the token`.
  /// - Throws: ``UsageError`` that names the file and the reason.
  static func read(_ path: String, _ what: String) throws(UsageError) -> Data {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path, what, errno) }
    defer { close(descriptor) }
    var contents = Data()
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Foundation.read(descriptor, &bytes, bytes.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path, what, errno) }
      guard count > 0 else { return contents }
      contents.append(contentsOf: bytes[..<count])
    }
  }

  private static func unreadable(_ path: String, _ what: String, _ code: Int32) -> UsageError {
    UsageError("\(path): \(what) cannot be read: \(String(cString: strerror(code)))")
  }
}
