/// Finds secrets in one pass over a text. Copies the text only when it contains a secret.
///
/// The time is proportional to the text's length: a rule that reads ahead more than a few words either consumes
/// what it read or records how far it read.
struct SecretScan {
  /// The decoded text, without escapes.
  let bytes: UnsafeBufferPointer<UInt8>
  /// Whether the text continues after the bytes that are read.
  let isCut: Bool
  private let source: UnsafeBufferPointer<UInt8>
  /// By decoded byte, its position in the source and how it was written; empty for a text without escapes.
  private let origins: UnsafeBufferPointer<Int32>
  private let levels: UnsafeBufferPointer<EscapeLevel>
  /// Number of bytes of the source that are kept. The scan only reads the rest.
  private let kept: Int
  let filter: WordFilter
  private var output: [UInt8] = []
  /// End of the text copied to the output so far.
  private(set) var copied = 0
  /// Positions of closing brackets, computed at first use.
  var closers: Closers?

  /// End of the range whose `@` were all examined.
  var userInfoEnd = 0
  /// End of a range without an `@` in the current run of bytes without a space.
  var noUserInfoUntil = 0
  /// The last program named, as a row of ``SecretFlag/table``.
  var command: Int?
  /// End of the range in which `user/pw@` is an Oracle login.
  var oracleEnd = 0
  /// End of the range in which `>x` is a password of a Redis ACL.
  var rulesEnd = 0
  /// End of the tag, and kind, of the last element whose name marks its text as secret.
  var secretElement: (tagEnd: Int, kind: SecretNames.Kind) = (-1, .none)
  /// End of the range in which a `value` belongs to the preceding name of a secret.
  var labelledEnd = 0

  /// Returns the text without its secrets, or `nil` for a text without any.
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

  /// Returns how a byte was written.
  func level(at index: Int) -> EscapeLevel { levels.isEmpty ? .raw : levels[index] }
}

/// Reading functions shared by all rules of the scan.
extension SecretScan {
  /// Returns whether the bytes at an index are those of a word, case-sensitively.
  func matches(_ word: StaticString, at index: Int) -> Bool {
    bytes[min(index, bytes.count)...].starts(with: word)
  }

  /// Returns whether a range equals a lower-case word, ignoring case.
  func equals(_ range: Range<Int>, _ word: StaticString) -> Bool {
    range.count == word.utf8CodeUnitCount && bytes[range].ends(with: word)
  }

  /// Returns the end of the run of bytes that satisfy a condition.
  func end(from start: Int, limit: Int = .max, while condition: (UInt8) -> Bool) -> Int {
    var index = start
    let end = limit < bytes.count - start ? start + limit : bytes.count
    while index < end && condition(bytes[index]) { index += 1 }
    return index
  }

  /// Returns the start of the run of bytes that satisfy a condition, not before the end of the last redaction.
  func start(to end: Int, limit: Int = .max, while condition: (UInt8) -> Bool) -> Int {
    var index = end
    let start = max(copied, limit < end ? end - limit : 0)
    while index > start && condition(bytes[index - 1]) { index -= 1 }
    return index
  }

  func look(at range: Range<Int>) -> TokenLook { TokenLook(bytes[range]) }

  func isRedacted(at index: Int) -> Bool { matches("[redacted]", at: index) }

  /// Returns the byte at an index, or a line break past the end.
  func byte(at index: Int) -> UInt8 { index < bytes.count ? bytes[index] : UInt8(ascii: "\n") }
}
