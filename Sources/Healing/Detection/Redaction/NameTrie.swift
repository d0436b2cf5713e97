/// Finds the names that a word ends with: a trie over their letters from the last to the first, so that a word that
/// ends like no name costs two or three steps.
struct NameTrie {
  /// 32 edges a node; 0 is none.
  private var edges = Array(repeating: UInt16(0), count: 32)
  /// By node: the rows whose names end (that is, begin) there.
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

  /// Calls `body` with the rows of each name that a word ends with, in any case and with `_`, `-`, `.` or spaces
  /// between its letters, and where the name begins.
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
