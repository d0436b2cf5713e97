/// Finds the names that a word ends with: a trie over the names' letters from last to first, so a word without such
/// an ending costs two or three steps.
struct NameTrie {
  /// 32 edges per node; 0 means absent.
  private var edges = Array(repeating: UInt16(0), count: 32)
  /// By node, the rows of the names that begin there.
  private var rows: [[Int]] = [[]]

  init(_ names: [StaticString]) {
    for (row, name) in names.enumerated() {
      var node = 0
      for index in (0..<name.utf8CodeUnitCount).reversed() { node = next(after: node, name.utf8Start[index]) }
      rows[node].append(row)
    }
  }

  private mutating func next(after node: Int, _ letter: UInt8) -> Int {
    let edge = node * 32 + Int(letter & 31)
    if edges[edge] == 0 {
      edges[edge] = UInt16(truncatingIfNeeded: rows.count)
      rows.append([])
      edges += Array(repeating: 0, count: 32)
    }
    return Int(edges[edge])
  }

  /// Calls `body` with the row and the start of each name that a word ends with. Ignores case, and `_`, `-`, `.`,
  /// `+` or spaces between the name's letters.
  func forEachMatch(in word: UnsafeBufferPointer<UInt8>.SubSequence, _ body: (Int, Int) -> Void) {
    var node = 0
    var index = word.endIndex
    while index > word.startIndex {
      let byte = word[index - 1]
      index -= 1
      if byte.isASCIILetter {
        node = Int(edges[node * 32 + Int(byte & 31)])
        if node == 0 { return }
        for row in rows[node] { body(row, index) }
      } else if node == 0 || !byte.isNameSeparator {
        return
      }
    }
  }
}
