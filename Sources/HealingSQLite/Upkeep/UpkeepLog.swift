import CHealingLinux
import Glibc
package import Healing

/// Records upkeep commands in the ledger that they were run on.
package enum UpkeepLog {
  /// Adds a row to `upkeep` under the write lock. Registers no run.
  ///
  /// Does nothing for a ledger that no program has opened for writing here (a backup, a copy), that may not be
  /// written, that was overwritten, or whose schema is older than the table: a check or a backup neither creates a lock
  /// file nor migrates. Also leaves the log of killed programs as it is.
  /// - Parameter figures: a JSON object.
  /// - Returns: whether the row was written.
  /// - Throws: `LedgerError`; for example with code `busy`.
  @discardableResult
  package static func record(
    _ kind: UpkeepTable.Kind, _ outcome: UpkeepTable.Outcome = .ok, at start: Timestamp,
    lasting duration: Duration,
    figures: String, ledger path: String
  ) throws(LedgerError) -> Bool {
    let file = LedgerFile(path: path)
    guard FileIdentity(path: file.lockPath) != nil, access(file.location, W_OK) == 0,
      access(file.lockPath, W_OK) == 0, access(file.folder, W_OK) == 0
    else { return false }
    let lock = try LedgerLock(file: file)
    return try lock.withWriteLock { () throws(LedgerError) in
      guard let ledger = FileIdentity(path: file.location), ledger.links == 1, !lock.marks.isCondemned else {
        return false
      }
      let log = FileIdentity(path: file.logPath)?.size ?? 0
      var process: Int64 = 0
      // Run n of the ledger holds byte n.
      let isOpen = clinux_find_lock(lock.marks.descriptor, 1, 1 << 60, &process) == 1
      guard log == 0 || (isOpen && !lock.marks.belongToAnother(than: ledger)) else { return false }
      do {
        let connection = try Connection(path: file.location, mode: .readWrite)
        guard try file.checkSchema(of: connection) > 0,
          try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'upkeep'") == 1
        else { return false }
        try file.checkLog(of: connection)
        try connection.execute("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF")
        try connection.transaction { () throws(SQLiteError) in
          try UpkeepTable.insert(kind, outcome, at: start, lasting: duration, figures: figures, connection)
        }
        // Leaves a ledger that no program has open without a log, as it was.
        if log == 0 { try connection.checkpoint(.truncating) }
        return true
      } catch {
        throw file.translated(error)
      }
    }
  }
}
