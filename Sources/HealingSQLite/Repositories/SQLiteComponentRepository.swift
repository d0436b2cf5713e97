import Healing

struct SQLiteComponentRepository: ComponentRepository {
  let reader: ReaderConnection

  func all() async throws(LedgerError) -> [ComponentRecord] {
    try await reader.readCached("components") { connection throws(SQLiteError) in
      try connection.rows(
        Self.select + " WHERE " + ComponentTable.isKnown(connection) + " ORDER BY c.name", Self.record)
    }
  }

  func find(_ name: ComponentName) async throws(LedgerError) -> ComponentRecord? {
    try await reader.read { connection throws(SQLiteError) in
      try connection.rows(
        Self.select + " WHERE c.name = ? AND " + ComponentTable.isKnown(connection),
        bind: { $0.bind(1, name.text) }, Self.record
      ).first
    }
  }

  private static let select =
    "SELECT c.name AS component, c.registered_at, c.epoch, c.epoch_started_at FROM component c"

  private static func record(_ row: Row) -> ComponentRecord {
    ComponentRecord(
      name: row.component("component"), registeredAt: row.time("registered_at"), epoch: row.count("epoch"),
      epochStartedAt: row.time("epoch_started_at"))
  }
}
