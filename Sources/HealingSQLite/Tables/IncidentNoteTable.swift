import Healing

/// Rows of `incident_note`.
enum IncidentNoteTable {
  static func insert(_ note: IncidentNote, _ connection: Connection) throws(SQLiteError) {
    let row = try connection.cached(
      "INSERT INTO incident_note (at, incident, kind, text, actor) VALUES (?, ?, ?, ?, ?)")
    row.bind(1, note.at.microseconds)
    row.bind(2, note.incident)
    row.bind(3, note.kind.rawValue)
    row.bind(4, note.text)
    row.bind(5, note.actor)
    try row.runAndReset()
  }

  private static let columns = "SELECT n.id, n.at, n.incident, n.kind, n.text, n.actor FROM incident_note n"

  /// Returns the notes on some incidents, by number.
  static func notes(on incidents: [String], _ connection: Connection) throws(SQLiteError) -> [IncidentNote] {
    var notes: [IncidentNote] = []
    for incident in incidents {
      notes += try connection.rows("\(columns) WHERE n.incident = ? ORDER BY n.id") {
        $0.bind(1, incident)
      } _: {
        decode($0)
      }
    }
    return notes.sorted { $0.id < $1.id }
  }

  /// Returns the notes that merge or split incidents, by number.
  static func merges(_ connection: Connection) throws(SQLiteError) -> [IncidentNote] {
    try connection.rows("\(columns) WHERE n.kind IN ('merge', 'split') ORDER BY n.id") { decode($0) }
  }

  private static func decode(_ row: Row) -> IncidentNote {
    IncidentNote(
      id: row.integer("id"), at: row.time("at"), incident: row.text("incident"),
      kind: IncidentNote.Kind(rawValue: row.text("kind")) ?? .text, text: row.text("text"),
      actor: row.text("actor"))
  }
}
