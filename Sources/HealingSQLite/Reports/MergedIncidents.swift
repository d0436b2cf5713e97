import Healing

/// Which incidents notes have merged into which, in the order of the notes.
struct MergedIncidents {
  /// The incident that each merged one is a part of.
  private var parents: [String: String] = [:]

  /// - Parameter notes: notes of the kinds `merge` and `split`, by number.
  init(_ notes: [IncidentNote]) {
    for note in notes {
      switch note.kind {
      // A merge that would make an incident a part of itself has no effect.
      case .merge: if note.text != root(of: note.incident) { parents[note.text] = note.incident }
      case .split: if parents[note.text] == note.incident { parents[note.text] = nil }
      default: break
      }
    }
  }

  /// Returns the incident that an incident is a part of, directly or through others; itself when it is merged into none.
  func root(of id: String) -> String {
    var root = id
    var seen: Set = [id]
    while let parent = parents[root], seen.insert(parent).inserted { root = parent }
    return root
  }

  /// Returns the incidents that are a part of this one, directly or through others, by id.
  func parts(of id: String) -> [String] {
    parents.keys.filter { $0 != id && root(of: $0) == root(of: id) && root(of: $0) == id }.sorted()
  }
}
