import Healing

struct SQLiteFeedRepository: FeedRepository {
  let reader: ReaderConnection

  func lastPosition() async throws(LedgerError) -> Int64 {
    try await reader.read { connection throws(SQLiteError) in
      try FeedTable.lastPosition(connection)
    }
  }

  func events(after position: Int64, limit: Int) async throws(LedgerError) -> [FeedEvent] {
    try await reader.read { connection throws(SQLiteError) in
      let rows = try connection.rows(
        "SELECT position, kind, id FROM feed WHERE position > ? ORDER BY position LIMIT ?"
      ) {
        $0.bind(1, position)
        $0.bind(2, limit)
      } _: {
        (
          position: $0.integer("position"), kind: FeedTable.Kind(rawValue: $0.integer("kind")),
          id: $0.integer("id")
        )
      }
      var events: [FeedEvent] = []
      for row in rows {
        guard let kind = row.kind, let event = try FeedTable.event(kind, row.id, connection) else { continue }
        events.append(FeedEvent(position: row.position, event: event))
      }
      return events
    }
  }
}
