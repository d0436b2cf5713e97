import Foundation

/// Reads lines from a descriptor in large pieces and hands out their bytes without copying. A line ends with LF or
/// CR LF; its length is limited.
struct InputLines {
  /// - Parameters:
  ///   - bytes: valid during the call only; `nil` for a line longer than ``LineReader/longestLine``.
  ///   - number: from 1.
  typealias Body = (_ bytes: UnsafeBufferPointer<UInt8>?, _ number: Int) throws -> Void

  private let descriptor: Int32
  private let name: String
  private var buffer = [UInt8](repeating: 0, count: 1 << 18)
  /// Unread bytes of the buffer.
  private var unread = 0..<0
  private var isSkipping = false
  private(set) var count = 0

  /// - Parameter name: of the input, for errors.
  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// Reads to the end of the input.
  /// - Parameters:
  ///   - pause: called when no input has arrived for a fifth of a second.
  ///   - body: called with each line.
  /// - Throws: ``InputError``, and the errors of both.
  mutating func forEach(pause: () throws -> Void, _ body: Body) throws {
    while try fill(pause: pause) { try takeLines(body) }
    if isSkipping || !unread.isEmpty {
      count += 1
      try buffer.withUnsafeBufferPointer { buffer in
        try body(isSkipping ? nil : Self.trimmed(UnsafeBufferPointer(rebasing: buffer[unread])), count)
      }
    }
  }

  private mutating func takeLines(_ body: Body) throws {
    var start = unread.lowerBound
    let end = unread.upperBound
    try buffer.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      while start < end, let found = memchr(base + start, Int32(UInt8(ascii: "\n")), end - start) {
        let newline = UnsafeRawPointer(base).distance(to: found)
        count += 1
        let line = UnsafeBufferPointer(start: base + start, count: newline - start)
        try body(isSkipping || line.count > LineReader.longestLine ? nil : Self.trimmed(line), count)
        isSkipping = false
        start = newline + 1
      }
    }
    unread = start..<end
  }

  private static func trimmed(_ line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    line.last == UInt8(ascii: "\r") ? UnsafeBufferPointer(rebasing: line.dropLast()) : line
  }

  /// - Returns: false at the end of the input.
  private mutating func fill(pause: () throws -> Void) throws -> Bool {
    if unread.count > LineReader.longestLine { (isSkipping, unread) = (true, 0..<0) }
    if isSkipping { unread = 0..<0 }
    if unread.upperBound > buffer.count / 2 {
      buffer.replaceSubrange(0..<unread.count, with: Array(buffer[unread]))
      unread = 0..<unread.count
    }
    if unread.upperBound == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
    while true {
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      if poll(&wait, 1, 200) == 0 {
        try pause()
        continue
      }
      let end = unread.upperBound
      let received = buffer.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress.map { $0 + end }, $0.count - end)
      }
      // EAGAIN: another program with the same descriptor made it non-blocking, and read the input first.
      if received < 0 && (errno == EINTR || errno == EAGAIN) { continue }
      guard received >= 0 else { throw InputError(code: errno, name: name) }
      unread = unread.lowerBound..<(end + received)
      return received > 0
    }
  }
}
