/// Suggests corrections of misspelled words.
package enum Spelling {
  /// Returns the candidate nearest to a word, if within a third of the shorter one's length in edits, but at least
  /// 1. Otherwise returns the first candidate that begins with the word, if the word has at least 4 characters.
  package static func nearest(to word: String, among candidates: [String]) -> String? {
    let length = word.count
    let near = candidates.compactMap { candidate -> (word: String, distance: Int)? in
      let most = max(1, min(length, candidate.count) / 3)
      guard abs(length - candidate.count) <= most else { return nil }
      let distance = distance(word, candidate)
      return distance <= most ? (candidate, distance) : nil
    }.min { $0.distance < $1.distance }?.word
    // The word may be an abbreviation: `check_interval` for `check_interval_seconds`.
    return near ?? (word.count >= 4 ? candidates.first { $0.hasPrefix(word) } : nil)
  }

  /// Returns the Levenshtein distance.
  package static func distance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let substitution = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substitution, diagonal + 1, row[j] + 1)
      }
    }
    return row[b.count]
  }
}
