import Foundation

/// Reads lines from a descriptor and returns each as soon as it is complete. A line ends with LF or CR LF; its
/// length is limited.
struct LineReader {
  enum Line {
    case text(String)
    /// A line longer than ``longestLine``; its text is skipped.
    case tooLong
  }

  /// Maximum length of a line in bytes.
  static let longestLine = 1 << 20

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var position = 0
  private var hasEnded = false

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// - Returns: `nil` at the end of the input.
  /// - Throws: ``InputError``; ``SilentExit`` when the reader of standard output has exited.
  mutating func next() throws -> Line? {
    var line: [UInt8] = []
    var isTooLong = false
    while true {
      let rest = buffer[position...]
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      let piece = rest[..<(end ?? rest.endIndex)]
      if line.count + piece.count > Self.longestLine { isTooLong = true }
      if !isTooLong { line += piece }
      position = end.map { $0 + 1 } ?? rest.endIndex
      if end != nil || hasEnded {
        if end == nil && line.isEmpty && !isTooLong { return nil }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return isTooLong ? .tooLong : .text(String(decoding: line, as: UTF8.self))
      }
      try fill()
    }
  }

  private mutating func fill() throws {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while true {
      try StandardOutput.awaitInput(from: descriptor)
      let count = read(descriptor, &bytes, bytes.count)
      // EAGAIN: another program with the same descriptor made it non-blocking, and read the input first.
      if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
      guard count >= 0 else { throw InputError(code: errno) }
      bytes.removeLast(bytes.count - count)
      (buffer, position, hasEnded) = (bytes, 0, count == 0)
      return
    }
  }
}

/// An input could not be read.
struct InputError: Error, CustomStringConvertible {
  /// An `errno` value.
  let code: Int32
  /// Path of the input.
  var name = "standard input"

  var description: String {
    let reason = code == EBADF ? "it is closed or not open for reading" : String(cString: strerror(code))
    return "\(name) cannot be read: \(reason)"
  }
}
