/// An estimate of the rows and pages of a b-tree in the database file, from random descents to its leaves
/// (Knuth, 1975). Reads a few dozen pages, whatever the size of the tree (sqlite.org/fileformat.html).
struct BTreeEstimate {
  let rows: Int64
  let pages: Int64

  /// - Parameters:
  ///   - root: number of the root page.
  ///   - read: returns a page; `nil` when it cannot be read.
  /// - Returns: `nil` when no descent reached a leaf, as for a tree that only the log has.
  init?(root: Int64, descents: Int = 32, read: (Int64) -> [UInt8]?) {
    var generator = SystemRandomNumberGenerator()
    var rows = 0.0
    var pages = 0.0
    var found = 0.0
    for _ in 0..<descents {
      guard let (r, p) = Self.descend(from: root, read, using: &generator) else { continue }
      rows += r
      pages += p
      found += 1
    }
    guard found > 0 else { return nil }
    self.rows = Int64(min(rows / found, 1e18))
    self.pages = Int64(min(pages / found, 1e18))
  }

  /// Follows random children. A page represents as many pages of its level as the product of the numbers of
  /// children above it.
  private static func descend(
    from root: Int64, _ read: (Int64) -> [UInt8]?, using generator: inout SystemRandomNumberGenerator
  ) -> (rows: Double, pages: Double)? {
    var number = root
    var weight = 1.0
    var (rows, pages) = (0.0, 0.0)
    for _ in 0..<20 {
      guard let page = read(number) else { return nil }
      // The first page begins with the header of the file.
      let start = number == 1 ? 100 : 0
      func integer(_ place: Int, _ count: Int) -> Int? {
        guard place >= 0, place + count <= page.count else { return nil }
        return page[place..<(place + count)].reduce(0) { $0 << 8 | Int($1) }
      }
      guard let kind = integer(start, 1), let cells = integer(start + 3, 2) else { return nil }
      pages += weight
      switch kind {
      case 10, 13: return (rows + weight * Double(cells), pages)
      case 2, 5:
        // Only an index has entries above its leaves.
        if kind == 2 { rows += weight * Double(cells) }
        let choice = Int.random(in: 0...cells, using: &generator)
        let place = choice == cells ? start + 8 : integer(start + 12 + 2 * choice, 2)
        guard let place, let child = integer(place, 4) else { return nil }
        weight *= Double(cells + 1)
        number = Int64(child)
      default: return nil
      }
    }
    return nil
  }
}
