import Healing

struct SQLiteComponentRepository: ComponentRepository {
  let reader: ReaderConnection

  func all() async throws(LedgerError) -> [ComponentRecord] {
    try await reader.readRemembering("components") { connection throws(SQLiteError) in
      try connection.rows("SELECT name, registered_at, epoch, epoch_started_at FROM component ORDER BY name")
      {
        ComponentRecord(
          name: ComponentName($0.text(0)), registeredAt: Timestamp(microseconds: $0.integer(1)),
          epoch: $0.integer(2), epochStartedAt: Timestamp(microseconds: $0.integer(3)))
      }
    }
  }
}
