/// A message with its varying parts replaced: quoted values by `"`, paths by `/`, words that hold a digit
/// (numbers, ids, ports, addresses) by `#`, runs of white space by one space; letters in lower case.
enum MessageShape {
  /// The shape as text, for tests and for people.
  static func text(of message: String) -> String {
    var bytes: [UInt8] = []
    forEachByte(of: message) { bytes.append($0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func forEachByte(of message: String, _ body: (UInt8) -> Void) {
    var message = message
    message.withUTF8 { bytes in
      var index = 0
      var spaceIsDue = false
      func emit(_ byte: UInt8) {
        if spaceIsDue { body(UInt8(ascii: " ")) }
        spaceIsDue = false
        body(byte)
      }
      while index < bytes.count {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
          spaceIsDue = true
          index += 1
        case UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "'"):
          if let end = closingQuote(of: byte, in: bytes, from: index) {
            emit(UInt8(ascii: "\""))
            index = end + 1
          } else {
            emit(byte)
            index += 1
          }
        case UInt8(ascii: "/") where index + 1 < bytes.count && isWordByte(bytes[index + 1]):
          emit(UInt8(ascii: "/"))
          while index < bytes.count && (isWordByte(bytes[index]) || bytes[index] == UInt8(ascii: "/")) {
            index += 1
          }
        default:
          guard isWordByte(byte) else {
            emit(byte)
            index += 1
            continue
          }
          let start = index
          var hasDigit = false
          while index < bytes.count && isWordByte(bytes[index]) {
            hasDigit = hasDigit || isDigit(bytes[index])
            index += 1
          }
          if hasDigit {
            emit(UInt8(ascii: "#"))
          } else {
            for byte in bytes[start..<index] { emit(lowercased(byte)) }
          }
        }
      }
    }
  }

  /// A quote opens at a word's start and is closed within 200 bytes; an apostrophe inside a word is none.
  private static func closingQuote(
    of quote: UInt8, in bytes: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> Int? {
    if start > 0 && isWordByte(bytes[start - 1]) { return nil }
    let limit = min(bytes.count, start + 200)
    return (start + 1..<max(start + 1, limit)).first { bytes[$0] == quote }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), 0x80...:
      true
    default: false
    }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }
}
