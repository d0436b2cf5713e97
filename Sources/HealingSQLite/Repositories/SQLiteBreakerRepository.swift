import Healing

struct SQLiteBreakerRepository: BreakerRepository {
  let reader: ReaderConnection

  func all() async throws(LedgerError) -> [BreakerSnapshot] {
    try await reader.read { connection throws(SQLiteError) in
      try BreakerTable.all(connection)
    }
  }

  func find(_ component: ComponentName) async throws(LedgerError) -> BreakerSnapshot? {
    try await reader.read { connection throws(SQLiteError) in
      try BreakerTable.find(component, connection)
    }
  }

  func unusual() async throws(LedgerError) -> [BreakerSnapshot] {
    try await reader.read { connection throws(SQLiteError) in
      try BreakerTable.unusual(connection)
    }
  }

  func names() async throws(LedgerError) -> Set<ComponentName> {
    try await reader.readCached("breaker names") { connection throws(SQLiteError) in
      try BreakerTable.names(connection)
    }
  }

  func transitions(component: ComponentName?, limit: Int) async throws(LedgerError)
    -> [BreakerTransitionRecord]
  {
    try await reader.recent(
      BreakerTable.selectTransitions, table: "t", component: component, limit: limit
    ) {
      BreakerTable.decodeTransition($0)
    }
  }
}
