/// Values that are not secrets after any name.
extension SecretScan {
  /// Returns whether a value is harmless: `password: must not be empty`, `(using password: YES)`, `token=****`,
  /// `${DB_PASSWORD}`.
  func isHarmless(_ value: SecretValue, isProse: Bool) -> Bool {
    let core = value.core
    guard let first = bytes[core].first else { return true }
    if isMask(core, first) || isPlaceholder(value.range.lowerBound..<core.upperBound) || isPlaceholder(core) {
      return true
    }
    let word =
      core
      .lowerBound..<end(from: core.lowerBound, limit: core.count) {
        $0.isWordByte || $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "/")
      }
    let isWhole = word.upperBound == core.upperBound
    guard isWhole || byte(at: word.upperBound).isGap else { return false }
    if isProse && isWhole && HarmlessWords.errorEndings.contains(where: { bytes[word].ends(with: $0) }) {
      return true
    }
    if isProse && isWhole && isErrorCode(word) { return true }
    return isHarmless(
      word: word, in: isWhole ? isProse ? HarmlessWords.prose : HarmlessWords.values : HarmlessWords.sentences
    )
  }

  func isHarmless(word: Range<Int>, in words: Set<String>) -> Bool {
    word.count <= 24 && words.contains(String(decoding: bytes[word].map(\.lowercasedLetter), as: UTF8.self))
  }

  /// Returns whether a word is an error code: `invalid_grant`.
  private func isErrorCode(_ word: Range<Int>) -> Bool {
    let first = word.lowerBound..<end(from: word.lowerBound, while: \.isLowercaseLetter)
    return byte(at: first.upperBound) == UInt8(ascii: "_")
      && bytes[word].allSatisfy { $0.isLowercaseLetter || $0 == UInt8(ascii: "_") }
      && isHarmless(word: first, in: HarmlessWords.prose)
  }

  /// Returns whether a range is a mask: `****`, `xxxx`, `••••`.
  private func isMask(_ range: Range<Int>, _ first: UInt8) -> Bool {
    if first == 0xE2 {
      return range.count.isMultiple(of: 3) && bytes[range].allSatisfy { [0xE2, 0x80, 0xA2].contains($0) }
    }
    return (first == UInt8(ascii: "*") || range.count > 2 && "xX.#-_".utf8.contains(first))
      && bytes[range].allSatisfy { $0 == first }
  }

  /// Returns whether a range is a mask or placeholder instead of a password: `****`, `${DB_PASSWORD}`, `%s`,
  /// `PASSWORD`.
  func isStandIn(_ range: Range<Int>) -> Bool {
    guard let first = bytes[range].first else { return true }
    return isMask(range, first) || isPlaceholder(range)
  }

  /// Returns whether a range is a placeholder: `${DB_PASSWORD}`, `$(cat file)`, `{{ .Values.password }}`,
  /// `<your-password>`, `{password}`, `%s`, `:password`, `YOUR_API_KEY`.
  private func isPlaceholder(_ range: Range<Int>) -> Bool {
    guard let first = bytes[range].first else { return true }
    switch first {
    case UInt8(ascii: "$"): if isVariable(range) { return true }
    case UInt8(ascii: "%"): if isConversion(range) { return true }
    case UInt8(ascii: "{"), UInt8(ascii: ":"):
      let name =
        range.lowerBound
        + 1..<end(from: range.lowerBound + 1, limit: 64) { $0.isWordByte || $0 == UInt8(ascii: ".") }
      if name.upperBound == range.upperBound
        || name.upperBound + 1 == range.upperBound && byte(at: name.upperBound) == UInt8(ascii: "}"),
        name.isEmpty || bytes[name].allSatisfy(\.isASCIIDigit) || SecretNames.kind(of: bytes[name]) == .secret
      {
        return true
      }
    default:
      if first.isUppercaseLetter, range.count <= 64,
        bytes[range].allSatisfy({ $0.isUppercaseLetter || $0 == UInt8(ascii: "_") }),
        SecretNames.kind(of: bytes[range]) == .secret
      {
        return true
      }
    }
    if matches("{{", at: range.lowerBound) {
      return matches("}}", at: end(from: range.upperBound, limit: 1, while: \.isSpace))
    }
    if matches("${", at: range.lowerBound) {
      let name = end(from: range.lowerBound + 2) { $0.isWordByte || $0 == UInt8(ascii: ".") }
      return byte(at: name) == UInt8(ascii: "}") && name + 1 >= range.upperBound
    }
    guard bytes[range.lowerBound] == UInt8(ascii: "<") else { return false }
    let name =
      range.lowerBound
      + 1..<end(from: range.lowerBound + 1) {
        $0.isLowercaseLetter || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
      }
    guard byte(at: name.upperBound) == UInt8(ascii: ">"), name.upperBound + 1 >= range.upperBound else {
      return false
    }
    return isHarmless(word: name, in: HarmlessWords.values) || SecretNames.row(of: bytes[name]) != nil
  }

  /// Returns whether a range is a variable or a command substitution: `$DB_PASSWORD`, `$password`, `$1`, `$(cat
  /// file)`.
  private func isVariable(_ range: Range<Int>) -> Bool {
    let name = range.lowerBound + 1..<end(from: range.lowerBound + 1, limit: 64, while: \.isWordByte)
    if byte(at: name.lowerBound) == UInt8(ascii: "(") {
      return byte(at: name.lowerBound + 1).isLowercaseLetter
    }
    guard !name.isEmpty, name.upperBound >= range.upperBound else { return false }
    return bytes[name].allSatisfy(\.isASCIIDigit)
      || bytes[name].allSatisfy { $0.isUppercaseLetter || $0 == UInt8(ascii: "_") }
      || SecretNames.kind(of: bytes[name]) == .secret
  }

  /// Returns whether a range is a format specifier: `%s`, `%v`, `%(password)s`.
  private func isConversion(_ range: Range<Int>) -> Bool {
    var index = range.lowerBound + 1
    if byte(at: index) == UInt8(ascii: "(") {
      index = end(from: index + 1, limit: 64, while: \.isWordByte)
      guard byte(at: index) == UInt8(ascii: ")") else { return false }
      index += 1
    }
    return index + 1 >= range.upperBound && byte(at: index).isASCIILetter
  }

  /// Returns whether a value describes its field: `"password": {"message": "is required"}`, `"password": ["can't be
  /// blank"]`.
  mutating func isDescription(_ value: SecretValue) -> Bool {
    var index = value.range.lowerBound
    while index < value.range.upperBound, bytes[index] == UInt8(ascii: "[") || bytes[index].isSpace {
      index += 1
    }
    guard index > value.range.lowerBound || byte(at: index) == UInt8(ascii: "{") else { return false }
    let isObject = byte(at: index) == UInt8(ascii: "{")
    index = end(from: isObject ? index + 1 : index, while: \.isSpace)
    guard byte(at: index).isQuote else { return false }
    let inside = quoted(from: index)
    if isObject {
      guard inside.count <= 24 else { return false }
      return HarmlessWords.descriptions.contains(
        String(decoding: bytes[inside].map(\.lowercasedLetter), as: UTF8.self))
    }
    return isHarmless(SecretValue(range: inside, core: inside, isQuoted: true), isProse: false)
  }
}
