/// Guesses what somebody meant to type.
package enum Spelling {
  /// The nearest word, when it is near enough to be meant.
  package static func nearest(to word: String, among candidates: [String]) -> String? {
    let length = word.count
    let near = candidates.compactMap { candidate -> (word: String, distance: Int)? in
      let most = max(1, min(length, candidate.count) / 3)
      guard abs(length - candidate.count) <= most else { return nil }
      let distance = distance(word, candidate)
      return distance <= most ? (candidate, distance) : nil
    }.min { $0.distance < $1.distance }?.word
    // Or somebody stopped early: `check_interval` for `check_interval_seconds`.
    return near ?? (word.count >= 4 ? candidates.first { $0.hasPrefix(word) } : nil)
  }

  /// Levenshtein distance.
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
