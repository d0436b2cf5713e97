/// The normalized form of a message. Replaced are quoted values by `"`, paths by `/`, e-mail addresses by `@`,
/// words with a digit (numbers, ids, ports, addresses) and IPv6 addresses by `#`, runs of white space by one space,
/// and upper-case letters by lower-case ones.
enum MessageShape {
  /// Returns the shape as text, for tests and debugging.
  static func text(of message: String) -> String {
    var bytes: [UInt8] = []
    forEachByte(of: message) { bytes.append($0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func forEachByte(of message: String, _ body: (UInt8) -> Void) {
    var message = message
    message.withUTF8 { bytes in
      let bytes = TextWindow.bytes(bytes)
      var index = 0
      var noIPv6Until = 0
      var spaceIsDue = false
      func emit(_ byte: UInt8) {
        if spaceIsDue { body(UInt8(ascii: " ")) }
        spaceIsDue = false
        body(byte)
      }
      while index < bytes.count {
        let byte = bytes[index]
        if byte.isSpace {
          spaceIsDue = true
          index += 1
        } else if let end = endOfQuotedValue(in: bytes, from: index) {
          emit(UInt8(ascii: "\""))
          index = end
        } else if let end = endOfPath(in: bytes, from: index) {
          emit(UInt8(ascii: "/"))
          index = end
        } else if index >= noIPv6Until, let end = endOfIPv6(in: bytes, from: index, noneUntil: &noIPv6Until) {
          emit(UInt8(ascii: "#"))
          index = end
        } else if isWordByte(byte) {
          index = forWord(in: bytes, from: index, emit)
        } else {
          emit(byte)
          index += 1
        }
      }
    }
  }

  private static func forWord(
    in bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ emit: (UInt8) -> Void
  ) -> Int {
    var end = start
    var hasDigit = false
    while end < bytes.count && (isWordByte(bytes[end]) || isThousandsComma(in: bytes, at: end)) {
      hasDigit = hasDigit || bytes[end].isASCIIDigit
      end += 1
    }
    if end + 1 < bytes.count && bytes[end] == UInt8(ascii: "@") && isWordByte(bytes[end + 1]) {
      emit(UInt8(ascii: "@"))
      return self.end(in: bytes, from: end + 1, while: isWordByte)
    }
    if hasDigit {
      emit(UInt8(ascii: "#"))
    } else {
      for byte in bytes[start..<end] { emit(byte.lowercasedLetter) }
    }
    return end
  }

  /// Returns the end of a quoted value. A quote opens at a word's start and closes within 1,000 bytes; an
  /// apostrophe inside a word does not open one.
  private static func endOfQuotedValue(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    let quote = bytes[start]
    guard quote.isQuote || quote == UInt8(ascii: "`"), start == 0 || !isWordByte(bytes[start - 1]) else {
      return nil
    }
    return bytes[(start + 1)...].prefix(1_000).firstIndex(of: quote).map { $0 + 1 }
  }

  /// Returns the end of a path: `/var/lib/x`, `C:\data\x`.
  private static func endOfPath(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    if bytes[start] == UInt8(ascii: "/"), start + 1 < bytes.count, isWordByte(bytes[start + 1]) {
      return end(in: bytes, from: start) { isWordByte($0) || $0 == UInt8(ascii: "/") }
    }
    guard bytes[start].isASCIILetter, start == 0 || !isWordByte(bytes[start - 1]), start + 2 < bytes.count,
      bytes[start + 1] == UInt8(ascii: ":"), bytes[start + 2] == UInt8(ascii: "\\")
    else { return nil }
    return end(in: bytes, from: start + 2) { isWordByte($0) || $0 == UInt8(ascii: "\\") }
  }

  /// Returns the end of an IPv6 or hardware address: groups of up to four hexadecimal digits with at least two
  /// colons among them, such as `::1` and `fe80::dead:beef`. When a run is rejected, sets `noneUntil`: no later
  /// byte of the run begins an address either.
  private static func endOfIPv6(
    in bytes: UnsafeBufferPointer<UInt8>, from start: Int, noneUntil: inout Int
  ) -> Int? {
    let first = bytes[start]
    guard first == UInt8(ascii: ":") || isHexadecimal(first), start == 0 || !isWordByte(bytes[start - 1])
    else {
      return nil
    }
    var index = start
    var colons = 0
    var group = 0
    var hasDoubleColon = false
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: ":") {
        hasDoubleColon = hasDoubleColon || index > start && bytes[index - 1] == UInt8(ascii: ":")
        colons += 1
        group = 0
      } else if isHexadecimal(bytes[index]) {
        group += 1
        if group > 4 {
          noneUntil = index
          return nil
        }
      } else {
        break
      }
      index += 1
    }
    let endsInsideWord = index < bytes.count && isWordByte(bytes[index]) && bytes[index] != UInt8(ascii: ".")
    let isAddress = hasDoubleColon && index - start > 2 || colons >= 5
    if isAddress && endsInsideWord { noneUntil = index }
    return isAddress && !endsInsideWord ? index : nil
  }

  private static func end(
    in bytes: UnsafeBufferPointer<UInt8>, from start: Int, while condition: (UInt8) -> Bool
  ) -> Int {
    var index = start
    while index < bytes.count && condition(bytes[index]) { index += 1 }
    return index
  }

  /// Returns whether a comma is a thousands separator: `1,024` is one number.
  private static func isThousandsComma(in bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    bytes[index] == UInt8(ascii: ",") && index > 0 && index + 1 < bytes.count && bytes[index - 1].isASCIIDigit
      && bytes[index + 1].isASCIIDigit
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    byte.isWordByte || byte == UInt8(ascii: ".") || byte >= 0x80
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    byte.isASCIIDigit
      || byte.lowercasedLetter >= UInt8(ascii: "a") && byte.lowercasedLetter <= UInt8(ascii: "f")
  }
}
