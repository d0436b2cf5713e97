import Healing

struct SQLiteProcessRepository: ProcessRepository {
  let reader: ReaderConnection

  func recent(limit: Int) async throws(LedgerError) -> [ProcessRecord] {
    try await reader.read { connection throws(SQLiteError) in
      try connection.rows(
        """
        SELECT id, host, pid, program, release, started_at, last_write_at, ended_at, end_kind
        FROM process ORDER BY id DESC LIMIT ?
        """
      ) {
        $0.bind(1, limit)
      } _: { row in
        ProcessRecord(
          id: row.integer(0), host: row.text(1), pid: row.integer(2), program: row.text(3),
          release: row.optionalText(4), startedAt: row.time(5),
          lastWriteAt: row.time(6),
          endedAt: row.optionalTime(7),
          end: row.optionalText(8).flatMap(ProcessRecord.End.init(rawValue:)))
      }.reversed()
    }
  }
}
