/// The edges of a trie over hashed words: an open-addressing table. Its keys are already hashes, so a lookup costs
/// one multiplication and usually one comparison.
struct EdgeTable: Sendable {
  private var slots = [(key: UInt64, target: Int32)](repeating: (0, -1), count: 1 << 10)
  private var count = 0

  func target(from node: Int, over word: UInt64) -> Int? {
    let key = Self.key(node, word)
    var slot = Int(truncatingIfNeeded: key) & (slots.count - 1)
    while slots[slot].target >= 0 {
      if slots[slot].key == key { return Int(slots[slot].target) }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  mutating func insert(from node: Int, over word: UInt64, to target: Int) {
    if (count + 1) * 2 > slots.count { grow() }
    place((Self.key(node, word), Int32(truncatingIfNeeded: target)))
    count += 1
  }

  private mutating func grow() {
    let old = slots
    slots = [(key: UInt64, target: Int32)](repeating: (0, -1), count: old.count * 4)
    for entry in old where entry.target >= 0 { place(entry) }
  }

  private mutating func place(_ entry: (key: UInt64, target: Int32)) {
    var slot = Int(truncatingIfNeeded: entry.key) & (slots.count - 1)
    while slots[slot].target >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = entry
  }

  private static func key(_ node: Int, _ word: UInt64) -> UInt64 {
    let mixed = (word ^ UInt64(truncatingIfNeeded: node)) &* 0x9E37_79B9_7F4A_7C15
    return mixed ^ (mixed >> 29)
  }
}
