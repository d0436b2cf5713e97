/// The part of a text that detection reads: the first 64 kB, so that a huge message cannot block the caller.
enum TextWindow {
  /// Length in bytes.
  static let length = 65_536
  /// Bytes at the end of the window that are read but not kept, so that a secret that begins before them is read
  /// whole.
  static let margin = 4_096
  /// Maximum number of further bytes dropped to end at a space.
  private static let longestRun = 16_384

  /// Returns the bytes to read of a text.
  static func bytes(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes.prefix(length))
  }

  /// Returns the number of bytes kept of a window whose text continues. The kept part ends at a space before the
  /// margin, so that it does not end with the head of a secret that was not read to its end.
  static func kept(of window: UnsafeBufferPointer<UInt8>) -> Int {
    let end = max(0, window.count - margin)
    let start = max(0, end - longestRun)
    if let space = window[start..<end].lastIndex(where: \.isSpace) { return space }
    // Do not split a character.
    return window[..<end].lastIndex { $0 & 0xC0 != 0x80 } ?? 0
  }
}
