/// Finds which of many phrases occur in a sequence of words, in time that grows with the words and not with the
/// phrases: most words begin no phrase, and a bitmap says so.
struct PhraseIndex: Sendable {
  /// What may stand in a phrase after its first word; ``TextRule`` explains the notation.
  private enum Element {
    case word(UInt64)
    /// `*`
    case gap
    /// `!a|b`
    case noneOf([UInt64])
  }

  private struct Entry {
    let tail: [Element]
    let value: Int
  }

  private static let longestGap = 4
  private static let bits: UInt64 = 1 << 15

  private var bitmap = [UInt64](repeating: 0, count: Int(bits / 64))
  private var entries: [UInt64: [Entry]] = [:]

  /// Adds a phrase, which begins with a word. `value` is what a match reports.
  mutating func add(_ phrase: String, value: Int) {
    for reading in Self.readings(of: phrase) {
      guard case .word(let first)? = reading.first else { continue }
      let bit = first % Self.bits
      bitmap[Int(bit / 64)] |= 1 << (bit % 64)
      entries[first, default: []].append(Entry(tail: Array(reading.dropFirst()), value: value))
    }
  }

  /// Calls `body` with the value of each phrase that begins at `start`.
  func forEachMatch(in words: [WordScan.Word], at start: Int, _ body: (Int) -> Void) {
    let first = words[start].hash
    let bit = first % Self.bits
    guard bitmap[Int(bit / 64)] & (1 << (bit % 64)) != 0, let candidates = entries[first] else { return }
    for candidate in candidates where Self.matches(candidate.tail[...], words[(start + 1)...]) {
      body(candidate.value)
    }
  }

  private static func matches(_ tail: ArraySlice<Element>, _ words: ArraySlice<WordScan.Word>) -> Bool {
    guard let element = tail.first else { return true }
    let rest = tail.dropFirst()
    switch element {
    case .word(let hash):
      return words.first?.hash == hash && matches(rest, words.dropFirst())
    case .gap:
      return (0...min(longestGap, words.count)).contains { matches(rest, words.dropFirst($0)) }
    case .noneOf(let hashes):
      return !hashes.contains { $0 == words.first?.hash } && matches(rest, words.dropFirst())
    }
  }

  /// Every way to read a phrase: `a|b c?` is `a`, `b`, `a c` and `b c`.
  private static func readings(of phrase: String) -> [[Element]] {
    phrase.split(separator: " ").reduce(into: [[]]) { readings, part in
      let choices = choices(for: part)
      readings = readings.flatMap { reading in choices.map { reading + $0 } }
    }
  }

  private static func choices(for part: Substring) -> [[Element]] {
    if part == "*" { return [[.gap]] }
    if part.first == "!" { return [[.noneOf(hashes(of: part.dropFirst()))]] }
    if part.last == "?" { return choices(for: part.dropLast()) + [[]] }
    return hashes(of: part).map { [.word($0)] }
  }

  private static func hashes(of words: Substring) -> [UInt64] {
    words.split(separator: "|").flatMap { WordScan.hashes(of: String($0)) }
  }
}
