import Healing

struct SQLiteRejectionRepository: RejectionRepository {
  let reader: ReaderConnection

  func recent(component: ComponentName?, limit: Int) async throws(LedgerError) -> [RejectedCall] {
    try await reader.recent(RejectedCallTable.select, table: "r", component: component, limit: limit) {
      RejectedCallTable.decode($0)
    }
  }

  func byOperation(_ range: LedgerRange, component: ComponentName?) async throws(LedgerError)
    -> [RejectionTotals]
  {
    try await reader.read { connection throws(SQLiteError) in
      try ReportQuery.rejections.run(on: connection, range, component)
    }
  }
}

struct SQLitePolicyRepository: PolicyRepository {
  let reader: ReaderConnection

  func latest() async throws(LedgerError) -> [StoredPolicy] {
    try await reader.read { connection throws(SQLiteError) in
      try PolicyTable.rows(PolicyTable.latest, connection)
    }
  }

  func changes(after id: Int64) async throws(LedgerError) -> [StoredPolicy] {
    try await reader.readCached("policies after \(id)") { connection throws(SQLiteError) in
      try PolicyTable.rows("\(PolicyTable.select) WHERE x.id > ? ORDER BY x.id", connection) {
        $0.bind(1, id)
      }
    }
  }
}
