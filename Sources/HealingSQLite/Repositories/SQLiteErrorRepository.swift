import Healing

struct SQLiteErrorRepository: ErrorRepository {
  let reader: ReaderConnection

  func find(_ id: LedgerID) async throws(LedgerError) -> ErrorContext? {
    try await reader.read { connection throws(SQLiteError) in
      try connection.rows("\(ErrorTable.select) WHERE e.id = ?") {
        $0.bind(1, id.rawValue)
      } _: {
        ErrorTable.decode($0)
      }.first
    }
  }

  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [ErrorContext] {
    try await reader.recent(ErrorTable.select, table: "e", component: component, limit: limit) {
      ErrorTable.decode($0)
    }
  }
}
