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
          id: row.integer("id"), host: row.text("host"), pid: row.integer("pid"),
          program: row.text("program"),
          release: row.optionalText("release"), startedAt: row.time("started_at"),
          lastWriteAt: row.time("last_write_at"),
          endedAt: row.optionalTime("ended_at"),
          end: row.optionalText("end_kind").flatMap(ProcessRecord.End.init(rawValue:)))
      }.reversed()
    }
  }
}
