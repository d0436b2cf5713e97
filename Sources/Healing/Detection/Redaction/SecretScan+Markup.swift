/// Secrets in markup elements, and values next to a label that names a secret.
extension SecretScan {
  /// Maximum distance of a value after its label, in bytes.
  static let labelReach = 300

  /// Records an element that is named for a secret: `<password>x</password>`, `<ns:Password Type="…">x`.
  mutating func skipElement(at start: Int) -> Int {
    var name = start + 1..<end(from: start + 1, limit: 64, while: \.isWordByte)
    if byte(at: name.upperBound) == UInt8(ascii: ":") {
      name = name.upperBound + 1..<end(from: name.upperBound + 1, limit: 64, while: \.isWordByte)
    }
    guard !name.isEmpty else { return start + 1 }
    let tagEnd = end(from: name.upperBound, limit: 1_024) {
      $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "<")
    }
    guard byte(at: tagEnd) == UInt8(ascii: ">"), bytes[tagEnd - 1] != UInt8(ascii: "/") else {
      return name.upperBound
    }
    let kind = SecretNames.kind(of: bytes[name])
    if kind == .secret || kind == .header || kind == .ambiguous {
      // The scan reads the attributes before the text.
      secretElement = (tagEnd, kind)
      return name.upperBound
    }
    if SecretNames.labels.contains(where: { equals(name, $0) }) {
      // `<key>password</key><string>x</string>`
      let label = tagEnd + 1..<end(from: tagEnd + 1, limit: 64, while: \.isWordByte)
      if matches("</", at: label.upperBound), SecretNames.kind(of: bytes[label]) == .secret {
        labelledEnd = label.upperBound + Self.labelReach
        return end(from: label.upperBound + 2, while: \.isWordByte)
      }
    }
    return name.upperBound
  }

  /// Redacts, at `>`, the text of an element that is named for a secret, or whose tag or preceding element names
  /// one: `<property name="password">x</property>`, `<key>password</key><string>x</string>`.
  mutating func skipTagEnd(at end: Int) -> Int {
    if end > 0 && bytes[end - 1] == UInt8(ascii: "-") { return skipArrow(at: end) }
    if end < rulesEnd, let ruleEnd = skipRule(at: end) { return ruleEnd }
    let kind = end == secretElement.tagEnd ? secretElement.kind : end < labelledEnd ? .secret : .none
    return kind == .none ? end + 1 : skipText(from: end + 1, kind: kind) ?? end + 1
  }

  private mutating func skipText(from start: Int, kind: SecretNames.Kind) -> Int? {
    var text = end(from: start, while: \.isSpace)
    var close = text
    if matches("<![CDATA[", at: text) {
      text += 9
      close = text
      while close < bytes.count && !matches("]]>", at: close) { close += 1 }
    } else {
      close = end(from: text) { $0 != UInt8(ascii: "<") }
      // Without a closing tag, the text must follow the tag directly.
      if !matches("</", at: close) {
        guard text == start, byte(at: text).isWordByte else { return nil }
        close = bareEnd(from: text, separator: start - 1)
      }
    }
    let range = text..<max(text, self.start(to: close, while: \.isSpace))
    if isRedacted(at: text) { labelledEnd = 0 }
    guard !range.isEmpty, !isRedacted(at: text) else { return nil }
    let value = SecretValue(range: range, core: range, isQuoted: true)
    guard !isHarmless(value, isProse: false), kind != .ambiguous || look(at: range).isSecret(atLeast: 8)
    else { return nil }
    labelledEnd = 0
    redact(range)
    return range.upperBound
  }

  /// Records that a secret's value follows: `{"name": "DB_PASSWORD", "value": "…"}`. Redacts the value of a form
  /// field, and then returns the index at which the scan continues.
  mutating func noteLabel(_ name: Range<Int>, at separator: Int) -> Int? {
    guard filter.labels.contains(bytes[name.lowerBound], bytes[name.upperBound - 1]),
      SecretNames.labels.contains(where: { equals(name, $0) })
    else { return nil }
    let start = end(from: separator + 1, limit: 8) { $0.isGap || $0.isQuote }
    let value = start..<end(from: start, limit: 96) { $0.isWordByte || $0 == UInt8(ascii: ".") }
    guard !value.isEmpty, SecretNames.kind(of: bytes[value]) == .secret else { return nil }
    if let end = skipFormField(after: value.upperBound) { return end }
    labelledEnd = value.upperBound + Self.labelReach
    return nil
  }

  func isLabelled(_ name: Range<Int>) -> Bool { SecretNames.labelled.contains { equals(name, $0) } }

  mutating func skipLabelledValue(after separator: Int) -> Int {
    let start = end(from: separator + 1, while: \.isGap)
    guard start < bytes.count, !bytes[start].isSpace else { return separator + 1 }
    labelledEnd = 0
    return skipValue(from: start, separator: separator, kind: .secret, isProse: false)
  }

  /// Redacts, at `,`, the item after a name: `'x-api-key', 'abc123'`, `define('DB_PASSWORD', 'x')`,
  /// `{password,"x"}` of Erlang.
  mutating func skipItem(at comma: Int) -> Int {
    guard comma > copied else { return comma + 1 }
    let isQuoted = bytes[comma - 1].isQuote
    guard isQuoted || bytes[comma - 1].isASCIILetter else { return comma + 1 }
    let start = end(from: comma + 1, limit: 8) { $0.isGap || $0 == UInt8(ascii: "<") }
    guard byte(at: start).isQuote else { return comma + 1 }
    let name = name(before: comma)
    let kind = SecretNames.kind(of: bytes[name])
    guard !name.isEmpty, kind == .secret || kind == .header || kind == .ambiguous else { return comma + 1 }
    let opener = opener(before: name)
    let isAtom = !isQuoted && opener.map { bytes[$0] == UInt8(ascii: "{") } ?? false
    let isSet = isAtom || isQuoted && opener.map(isSetter) ?? false
    guard isQuoted || isAtom, kind != .ambiguous || isSet else { return comma + 1 }
    let inside = quoted(from: start)
    let value = SecretValue(range: inside, core: inside, isQuoted: true)
    guard !inside.isEmpty, !isRedacted(at: inside.lowerBound), !isHarmless(value, isProse: false),
      kind != .ambiguous || look(at: inside).isSecret(atLeast: 8),
      isSet || look(at: inside).isMixture(atLeast: 8) || isPair(opener, name, inside)
    else { return comma + 1 }
    redact(inside)
    return inside.upperBound
  }

  /// Returns the bracket directly before the first item of a list, or before its quote or the colon of an atom.
  private func opener(before name: Range<Int>) -> Int? {
    let name = start(to: name.lowerBound, limit: 64) { $0.isWordByte || $0 == UInt8(ascii: ".") }
    let end = start(to: name, limit: 4) {
      $0.isQuote || $0.isGap || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "\\")
    }
    return end > copied && bytes[end - 1].isOpener ? end - 1 : nil
  }

  /// Returns whether a function that assigns a value to a name precedes a bracket: `define(`, `setProperty(`.
  private func isSetter(_ opener: Int) -> Bool {
    let name = start(to: opener, limit: 24, while: \.isASCIILetter)..<opener
    return !name.isEmpty && SecretNames.setters.contains { equals(name, $0) }
  }

  /// Returns whether a list consists of a name and a value that is not a name: `("password", "x7!")`, but not
  /// `('password', 'email')`.
  private func isPair(_ opener: Int?, _ name: Range<Int>, _ value: Range<Int>) -> Bool {
    guard opener != nil, byte(at: value.upperBound + 1).isCloser else { return false }
    return look(at: value).isMixture(atLeast: 6) || isLongWord(value)
  }
}
