/// What detection looks at of a text: the first 64 kB, so that a huge message cannot hold up the caller.
enum TextWindow {
  /// In bytes.
  static let length = 65_536
  /// In bytes: the end of a window is only looked at, so that a secret that begins before it is seen whole.
  static let margin = 4_096
  /// In bytes: how much more is left out to end at a space.
  private static let longestRun = 16_384

  /// What is looked at of a text.
  static func bytes(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes.prefix(length))
  }

  /// How many bytes are kept of a window whose text goes on: up to a space before the margin, so that the head of a
  /// secret whose end was not seen does not stay.
  static func kept(of window: UnsafeBufferPointer<UInt8>) -> Int {
    let end = max(0, window.count - margin)
    let start = max(0, end - longestRun)
    if let space = window[start..<end].lastIndex(where: \.isSpace) { return space }
    // Not inside a character.
    return window[..<end].lastIndex { $0 & 0xC0 != 0x80 } ?? 0
  }
}
