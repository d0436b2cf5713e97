extension StringProtocol {
  /// Width of the text in terminal columns: two for a wide East Asian character or an emoji.
  var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

  /// Returns the longest prefix that fits into this many columns.
  func prefix(columns: Int) -> SubSequence {
    var width = 0
    return prefix { character in
      width += character.displayWidth
      return width <= columns
    }
  }
}

extension Character {
  fileprivate var displayWidth: Int {
    unicodeScalars.contains { $0.properties.isEmojiPresentation || $0.isWide } ? 2 : 1
  }
}

extension Unicode.Scalar {
  /// The blocks of wide characters of Unicode's East Asian Width (UAX #11).
  private static let wideBlocks: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1_F200...0x1_F2FF, 0x2_0000...0x3_FFFD,
  ]

  fileprivate var isWide: Bool {
    // Most text is below the first block.
    value >= 0x1100 && Self.wideBlocks.contains { $0.contains(value) }
  }
}
