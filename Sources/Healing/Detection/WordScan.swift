/// Splits text into words and hashes each, in lower case. A word is a run of ASCII letters and digits, or of
/// other characters beyond ASCII; `camelCase` and `HTTPError` are split where a new word starts.
enum WordScan {
  static func hashes(of text: String) -> [UInt64] {
    var words: [UInt64] = []
    words.reserveCapacity(32)
    var text = text
    text.withUTF8 { bytes in
      var hash = FNV1a()
      var length = 0
      func end() {
        if length > 0 { words.append(hash.value) }
        hash = FNV1a()
        length = 0
      }
      for index in bytes.indices {
        let byte = bytes[index]
        if isUpper(byte) {
          let previousIsLower = index > 0 && isLower(bytes[index - 1])
          let startsTail =
            index > 0 && isUpper(bytes[index - 1]) && index + 2 < bytes.count && isLower(bytes[index + 1])
            && isLower(bytes[index + 2])
          if previousIsLower || startsTail { end() }
          hash.combine(byte | 0x20)
          length += 1
        } else if isLower(byte) || isDigit(byte) || byte >= 0x80 {
          hash.combine(byte)
          length += 1
        } else if byte == UInt8(ascii: "'") && length > 0 && index + 1 < bytes.count
          && isLower(bytes[index + 1])
        {
          continue  // "doesn't" is one word
        } else {
          end()
        }
      }
      end()
    }
    return words
  }

  private static func isUpper(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
  }
  private static func isLower(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
  }
  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}
