/// One pass over a text that finds secrets. Copies the text only when it finds one.
///
/// Its time grows with the text: what reads ahead further than a few words is either consumed afterwards, or notes
/// how far it has looked.
struct SecretScan {
  /// The text with its escapes undone.
  let bytes: UnsafeBufferPointer<UInt8>
  /// Whether the text goes on behind what is looked at.
  let isCut: Bool
  private let source: UnsafeBufferPointer<UInt8>
  /// Where each byte begins in the source, and how it was written; empty when the text holds no escapes.
  private let origins: UnsafeBufferPointer<Int32>
  private let levels: UnsafeBufferPointer<EscapeLevel>
  /// So much of the source is kept. The rest is only looked at.
  private let kept: Int
  let filter: WordFilter
  private var output: [UInt8] = []
  /// Up to here the text is copied to the output.
  private(set) var copied = 0
  /// Where brackets close; found when first asked for.
  var closers: Closers?

  /// Up to here every `@` has been looked at.
  var userInfoEnd = 0
  /// Up to here no `@` follows in the run of bytes without a space.
  var noUserInfoUntil = 0
  /// The program that was named last, as a row of ``SecretFlag/table``.
  var command: Int?
  /// Up to here `user/pw@` is one of Oracle.
  var oracleEnd = 0
  /// Up to here `>x` is a password of an ACL of Redis.
  var rulesEnd = 0
  /// Where the tag ends of the last element whose name says that its text is secret.
  var secretElement: (tagEnd: Int, kind: SecretNames.Kind) = (-1, .none)
  /// Up to here a `value` belongs to a name that says that it is secret.
  var labelledEnd = 0

  /// The text without its secrets, or `nil` when there are none.
  static func run(_ source: UnsafeBufferPointer<UInt8>, isCut: Bool) -> String? {
    guard let text = DecodedText(source) else {
      var scan = SecretScan(bytes: source, source: source, isCut: isCut)
      return scan.run()
    }
    return text.bytes.withUnsafeBufferPointer { bytes in
      text.origins.withUnsafeBufferPointer { origins in
        text.levels.withUnsafeBufferPointer { levels in
          var scan = SecretScan(bytes: bytes, source: source, isCut: isCut, origins: origins, levels: levels)
          return scan.run()
        }
      }
    }
  }

  private init(
    bytes: UnsafeBufferPointer<UInt8>, source: UnsafeBufferPointer<UInt8>, isCut: Bool,
    origins: UnsafeBufferPointer<Int32> = .init(start: nil, count: 0),
    levels: UnsafeBufferPointer<EscapeLevel> = .init(start: nil, count: 0)
  ) {
    self.bytes = bytes
    self.source = source
    self.origins = origins
    self.levels = levels
    self.isCut = isCut
    filter = WordFilter.shared
    kept = isCut ? TextWindow.kept(of: source) : source.count
  }

  private mutating func run() -> String? {
    filter.kinds.withUnsafeBufferPointer { scan($0) }
    guard !output.isEmpty || isCut else { return nil }
    let rest = origin(of: copied)
    if rest < kept { output.append(contentsOf: source[rest..<kept]) }
    return String(decoding: output, as: UTF8.self)
  }

  private mutating func scan(_ kinds: UnsafeBufferPointer<WordFilter.ByteKind>) {
    let bytes = bytes
    let filter = filter
    var index = 0
    while index < bytes.count {
      switch kinds[Int(bytes[index])] {
      case .other: index &+= 1
      case .mark: index = skipMark(bytes[index], at: index)
      case .word:
        let start = index
        repeat { index &+= 1 } while index < bytes.count && kinds[Int(bytes[index])] == .word
        let roles = filter.roles(of: start..<index, in: bytes)
        if !roles.isEmpty { index = skipWord(start..<index, roles) }
      }
    }
  }

  private mutating func skipMark(_ byte: UInt8, at index: Int) -> Int {
    switch byte {
    case UInt8(ascii: ":") where matches("://", at: index): skipURL(from: index + 3, separator: index)
    case UInt8(ascii: ":"), UInt8(ascii: "="): skipPair(at: index)
    case UInt8(ascii: "@"): skipUserInfo(at: index)
    case UInt8(ascii: "<"): skipElement(at: index)
    case UInt8(ascii: ">"): skipTagEnd(at: index)
    case UInt8(ascii: "("): skipCall(at: index)
    case UInt8(ascii: ","): skipItem(at: index)
    default: index + 1
    }
  }

  mutating func redact(_ range: Range<Int>) {
    guard origin(of: range.lowerBound) < kept else { return }
    if output.isEmpty { output.reserveCapacity(source.count + 4 * Redactor.mark.utf8.count) }
    output.append(contentsOf: source[origin(of: copied)..<origin(of: range.lowerBound)])
    output.append(contentsOf: Redactor.mark.utf8)
    copied = range.upperBound
  }

  private func origin(of index: Int) -> Int { origins.isEmpty ? index : Int(origins[index]) }

  /// How a byte was written.
  func level(at index: Int) -> EscapeLevel { levels.isEmpty ? .raw : levels[index] }
}

/// What every part of the scan reads with.
extension SecretScan {
  /// Whether the bytes at a place are those of a word, capitals included.
  func matches(_ word: StaticString, at index: Int) -> Bool {
    bytes[min(index, bytes.count)...].starts(with: word)
  }

  /// Whether a range is a word, in any case.
  func equals(_ range: Range<Int>, _ word: StaticString) -> Bool {
    range.count == word.utf8CodeUnitCount && bytes[range].ends(with: word)
  }

  /// The end of the run of bytes that satisfy a condition.
  func end(from start: Int, limit: Int = .max, while condition: (UInt8) -> Bool) -> Int {
    var index = start
    let end = limit < bytes.count - start ? start + limit : bytes.count
    while index < end && condition(bytes[index]) { index += 1 }
    return index
  }

  /// The start of the run of bytes that satisfy a condition and of which nothing is redacted.
  func start(to end: Int, limit: Int = .max, while condition: (UInt8) -> Bool) -> Int {
    var index = end
    let start = max(copied, limit < end ? end - limit : 0)
    while index > start && condition(bytes[index - 1]) { index -= 1 }
    return index
  }

  func look(at range: Range<Int>) -> TokenLook { TokenLook(bytes[range]) }

  func isRedacted(at index: Int) -> Bool { matches("[redacted]", at: index) }

  /// The byte at a place, or a line break past the end.
  func byte(at index: Int) -> UInt8 { index < bytes.count ? bytes[index] : UInt8(ascii: "\n") }
}
