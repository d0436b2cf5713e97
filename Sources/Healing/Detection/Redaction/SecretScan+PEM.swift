/// PEM blocks: keys and certificates.
extension SecretScan {
  /// Redacts from BEGIN to the dashes after END, or to the end of a truncated text. Returns the end.
  mutating func skipPEM(from start: Int) -> Int {
    guard holdsBody(start) else { return end(from: start, while: \.isWordByte) }
    var index = start + 11
    while index < bytes.count && !matches("-----END", at: index) { index += 1 }
    if index < bytes.count {
      index += 9
      while index < bytes.count && !matches("-----", at: index) && bytes[index] != UInt8(ascii: "\n") {
        index += 1
      }
      index = end(from: index) { $0 == UInt8(ascii: "-") }
    }
    redact(start..<index)
    return index
  }

  /// Returns whether a body follows the first line, instead of a mention such as "no start line: expecting
  /// -----BEGIN CERTIFICATE-----".
  private func holdsBody(_ start: Int) -> Bool {
    let label = end(from: start + 11, limit: 64) {
      $0.isUppercaseLetter || $0.isASCIIDigit || $0.isGap || $0 == UInt8(ascii: ".")
    }
    let dashes = end(from: label, limit: 5) { $0 == UInt8(ascii: "-") }
    let body = end(from: dashes) { $0.isSpace || $0.isGap }
    let run = body..<end(from: body, limit: 16, while: \.isTokenByte)
    if bytes[dashes..<body].contains(where: \.isLineBreak) { return !run.isEmpty }
    return run.count == 16 || look(at: run).isMixture(atLeast: 6) || matches("MI", at: body)
  }

  /// Redacts the body before an END whose BEGIN was cut off.
  mutating func skipTailOfPEM(endingAt end: Int) -> Int {
    let start = start(to: end) { $0.isTokenByte || $0.isLineBreak || $0 == UInt8(ascii: "\\") }
    if end - start > 6 { redact(start..<end) }
    return end + 9
  }
}
