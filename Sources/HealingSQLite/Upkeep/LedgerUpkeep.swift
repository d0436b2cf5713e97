import Glibc
package import Healing
import HealingLedger

/// Upkeep of a ledger by a command, while other programs may have it open.
package struct LedgerUpkeep: Sendable {
  private let file: LedgerFile
  private let identity: ProcessIdentity
  private let time: any TimeSource

  /// - Throws: `LedgerError` when there is no ledger at the path. Creates nothing.
  package init(path: String, identity: ProcessIdentity, time: any TimeSource = SystemTimeSource())
    throws(LedgerError)
  {
    file = LedgerFile(path: path)
    self.identity = identity
    self.time = time
    do throws(LedgerError) { _ = try file.openReader() } catch {
      // A reader may need space for the index of the log. A session that deletes the reserve can still open the ledger.
      guard error.code == .full else { throw error }
    }
  }

  /// What pruning deleted, or would delete.
  package struct PruneReport: Sendable {
    package var figures = PruneFigures()
    /// Bytes of the pages in use, before and after.
    package var usedBytes: (before: Int64, after: Int64) = (0, 0)
    /// Bytes of free pages in the file afterwards.
    package var freeBytes: Int64 = 0
    /// Bytes of the file, of which ``freeBytes`` are free, once the log is copied into it.
    package var fileBytes: Int64 { usedBytes.after + freeBytes }
    /// Whether the file gives free pages back. A file of an earlier release has to be compacted once.
    package var givesPagesBack = true
  }

  /// Counts what pruning would delete. Changes nothing.
  package func previewPruning(_ options: RetentionOptions) async throws(LedgerError) -> PruneReport {
    let reader = try ReaderConnection(file: file)
    return try await reader.readLong(
      "the rows to delete", remedy: "prune without --dry-run, or count in a backup"
    ) { connection throws(SQLiteError) in
      var report = PruneReport()
      report.figures.deleted = try Pruner.preview(options, connection, now: time.wallClock())
      try Self.measure(&report, connection)
      report.usedBytes.before = report.usedBytes.after
      return report
    }
  }

  private static func measure(_ report: inout PruneReport, _ connection: Connection) throws(SQLiteError) {
    report.usedBytes.after = try Pruner.usedBytes(connection)
    report.freeBytes =
      try (connection.integer("PRAGMA freelist_count") ?? 0) * (connection.integer("PRAGMA page_size") ?? 0)
    report.givesPagesBack = try connection.integer("PRAGMA auto_vacuum") == 2
  }

  /// Deletes what the options do not keep, in slices between which other programs write, and records it in `upkeep`.
  /// - Parameter held: receives how long each slice held the write lock.
  package func prune(
    _ options: RetentionOptions, held: @escaping @Sendable (Duration) -> Void = { _ in }
  ) async throws(LedgerError) -> PruneReport {
    try await withSession(releasesReserve: true) { [time] session throws(LedgerError) in
      var report = PruneReport()
      let (wall, start) = (time.wallClock(), ContinuousClock.now)
      var pruner = Pruner(options)
      do throws(SQLiteError) {
        report.usedBytes.before = try Pruner.usedBytes(session.connection)
        try pruner.begin(session.connection)
      } catch {
        throw file.ledgerError(error)
      }
      var longest = Duration.zero
      while try session.pruneSlice(
        &pruner,
        held: { hold in
          longest = max(longest, hold)
          held(hold)
        })
      {}
      report.figures.add(pruner)
      report.figures.maxBytes = options.maxBytes
      report.figures.longestHold = longest
      report.figures.duration = ContinuousClock.now - start
      let figures = report.figures
      try session.changing { connection throws(SQLiteError) in
        try figures.record(nil, from: wall, connection)
      }
      do throws(SQLiteError) { try Self.measure(&report, session.connection) } catch {
        throw file.ledgerError(error)
      }
      return report
    }
  }

  // MARK: Compacting

  /// Bytes of the ledger and of its write-ahead log on disk.
  package var sizes: (ledger: Int64, log: Int64) {
    (FileIdentity(path: file.location)?.size ?? 0, FileIdentity(path: file.logPath)?.size ?? 0)
  }

  /// Rewrites the file without free pages, while no other program has it open, and records it in `upkeep`. From then on
  /// the file gives free pages back by itself.
  /// - Parameter start: called with the bytes that the copy will have, after the checks and before the work.
  /// - Returns: bytes of the file before and after.
  /// - Throws: `LedgerError`: `busy` while another program has the ledger open, `full` without space for the copies.
  package func compact(start: @escaping @Sendable (Int64) -> Void) async throws(LedgerError) -> (
    before: Int64, after: Int64
  ) {
    let result = try await withSession { session throws(LedgerError) -> [Int64] in
      let (wall, began) = (time.wallClock(), ContinuousClock.now)
      let used: Int64
      do throws(SQLiteError) { used = try Pruner.usedBytes(session.connection) } catch {
        throw file.ledgerError(error)
      }
      try checkSpace(for: used)
      let before = sizes.ledger
      start(used)
      try session.compactFile()
      let after = sizes.ledger
      try session.changing { connection throws(SQLiteError) in
        try UpkeepTable.insert(
          .compact, .ok, at: wall, lasting: ContinuousClock.now - began,
          figures: "{\"bytes_before\":\(before),\"bytes_after\":\(after)}", connection)
      }
      return [before, after]
    }
    return (result[0], result[1])
  }

  /// SQLite writes one copy to its folder for temporary files and one to the write-ahead log.
  private func checkSpace(for used: Int64) throws(LedgerError) {
    let needed = used + used / 10
    let temporary = Self.temporaryFolder
    let sharesDisk = FileIdentity(path: temporary)?.device == FileIdentity(path: file.folder)?.device
    for (folder, bytes) in [(file.folder, sharesDisk ? 2 * needed : needed), (temporary, needed)] {
      guard let free = Self.freeBytes(folder), free < bytes else { continue }
      throw LedgerError(
        .full, ledger: file.path,
        problem: "compacting needs \(bytes >> 20) MiB in \(folder), which has \(free >> 20) MiB free",
        remedy: "free disk space, or set SQLITE_TMPDIR to a folder with more of it")
    }
  }

  /// The folder that SQLite uses for temporary files.
  private static var temporaryFolder: String {
    let names = ["SQLITE_TMPDIR", "TMPDIR"] as [String]
    let given = names.compactMap { name in getenv(name).map { String(cString: $0) } }
    return (given + ["/var/tmp", "/usr/tmp", "/tmp"]).first { access($0, W_OK | X_OK) == 0 } ?? "."
  }

  private static func freeBytes(_ folder: String) -> Int64? {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return nil }
    return Int64(
      clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
  }

  // MARK: Pins

  /// Keeps the rows of a range, whatever retention's ages and sizes are.
  /// - Returns: number of the pin.
  package func pin(
    _ range: Range<Timestamp>, component: ComponentName?, reason: String, actor: String
  ) async throws(LedgerError) -> Int64 {
    try await withSession { session throws(LedgerError) in
      try session.changing { connection throws(SQLiteError) in
        try PinTable.insert(
          range, component: component, reason: reason, actor: actor, at: time.wallClock(),
          connection)
      }
    }
  }

  /// Ends a pin.
  /// - Returns: false when no pin with this number holds.
  package func removePin(_ id: Int64, actor: String) async throws(LedgerError) -> Bool {
    try await withSession { session throws(LedgerError) in
      try session.changing { connection throws(SQLiteError) in
        try PinTable.remove(id, actor: actor, at: time.wallClock(), connection)
      }
    }
  }

  /// Returns the pins that hold, by number.
  package func pins() async throws(LedgerError) -> [Pin] {
    try await ReaderConnection(file: file).read { connection throws(SQLiteError) in
      try PinTable.all(connection)
    }
  }

  // MARK: The session

  /// Opens the ledger as a separate run, runs `body` on a dedicated thread, and ends the run.
  /// - Parameter releasesReserve: whether opening on a full disk deletes the reserve.
  func withSession<Value: Sendable>(
    releasesReserve: Bool = false,
    _ body: @escaping @Sendable (inout WriterSession) throws(LedgerError) -> Value
  ) async throws(LedgerError) -> Value {
    let (file, identity, time) = (file, identity, time)
    return try await BlockingThread.run { () throws(LedgerError) in
      let ids = LedgerIDGenerator(node: .random(in: 0..<LedgerIDGenerator.nodeCount), time: time)
      var session = try WriterSession.open(
        file, logLimit: SQLiteLedgerOptions().logLimitBytes, releasesReserve: releasesReserve,
        SessionRequest(identity: identity, ids: ids, time: time)
      ).session
      do throws(LedgerError) {
        let value = try body(&session)
        try session.close(isComplete: true)
        return value
      } catch {
        try? session.close(isComplete: true)
        throw error
      }
    }
  }
}
