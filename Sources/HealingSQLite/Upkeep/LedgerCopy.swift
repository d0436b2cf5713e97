import Glibc
import Healing

/// Copies a ledger page by page into a ``PartialFile`` with SQLite's backup API, and checks the copy.
package struct LedgerCopy: Sendable {
  /// How far a copy is.
  package enum Progress: Sendable, Equatable {
    /// Pages are being copied; both numbers in bytes.
    case copying(done: Int64, of: Int64)
    /// The copy is being checked.
    case checking(bytes: Int64)
  }

  /// Average rate at which pages are copied, in bytes a second.
  let bytesPerSecond: Int64
  let time: any TimeSource
  let progress: @Sendable (Progress) -> Void

  /// 64 MiB a second.
  package static let defaultBytesPerSecond: Int64 = 64 << 20

  /// Pages copied between two pauses: 1 MiB of a ledger.
  private static let pagesPerStep: Int32 = 128

  /// The copy holds a read transaction on the source, which keeps the source's log from being truncated. From this
  /// length of the log on, in bytes, the copy makes no pauses: at 256 MiB the writers would stop writing.
  private static let longLogBytes: Int64 = 64 << 20

  /// Copies every page of `source` as of one moment, synchronises the file and checks it.
  ///
  /// Blocks the caller's thread for a step of 1 MiB at a time.
  /// - Returns: size of the copy in bytes.
  /// - Throws: `LedgerError`: with code `corrupt` when the copy is not a sound ledger.
  func copy(
    _ source: Connection, of sourceFile: LedgerFile, to partial: borrowing PartialFile, of target: LedgerFile
  )
    async throws(LedgerError) -> Int64
  {
    let bytes = try await copyPages(source, of: sourceFile, to: partial.path, of: target)
    try partial.synchronize()
    progress(.checking(bytes: bytes))
    let file = LedgerFile(path: partial.path)
    let problem = try await BlockingThread.run { () throws(LedgerError) in try file.firstProblemInCopy() }
    guard let problem else { return bytes }
    throw LedgerError(
      .corrupt, ledger: sourceFile.path, problem: "the copy is damaged, and so was removed: \(problem)",
      remedy: "see 'healing check --ledger \(sourceFile.path)'")
  }

  private func copyPages(
    _ source: Connection, of sourceFile: LedgerFile, to path: String, of target: LedgerFile
  )
    async throws(LedgerError) -> Int64
  {
    let pageSize: Int64
    let backup: Backup
    do throws(SQLiteError) {
      // SQLite restarts a backup at every commit of another process unless the source is in a read transaction.
      try source.run("BEGIN")
      _ = try source.integer("SELECT count(*) FROM sqlite_schema")
      pageSize = try source.integer("PRAGMA page_size") ?? 0
    } catch {
      throw sourceFile.ledgerError(error)
    }
    defer { try? source.run("ROLLBACK") }
    do throws(SQLiteError) {
      let copy = try Connection(path: path, mode: .unshared)
      // A copy that was not completed is discarded, so it needs no journal on disk.
      try copy.execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")
      backup = try source.backup(to: copy)
    } catch {
      throw target.ledgerError(error)
    }
    let begin = time.monotonicNanoseconds()
    while true {
      let isDone: Bool
      do throws(SQLiteError) { isDone = try backup.step(pages: Self.pagesPerStep) } catch {
        throw (error.isFull || error.isWriteError ? target : sourceFile).ledgerError(error)
      }
      let size = backup.pageCount * pageSize
      let done = size - backup.remainingPages * pageSize
      if isDone { return size }
      progress(.copying(done: done, of: size))
      let isLong = FileIdentity(path: sourceFile.logPath).map { $0.size > Self.longLogBytes } ?? false
      let due = Double(done) / Double(max(1, bytesPerSecond)) * 1e9
      let early = due - Double(time.monotonicNanoseconds() - begin)
      guard early > 0, !isLong else { continue }
      do { try await time.sleep(for: .nanoseconds(Int64(min(early, 1e12)))) } catch {
        throw LedgerError(.other, ledger: sourceFile.path, problem: "the copy was cancelled")
      }
    }
  }
}

extension LedgerFile {
  /// Opens a ledger that no program writes, such as a backup, without locks and side files. Rows that only a log has
  /// are not seen.
  func openImmutable() throws(LedgerError) -> Connection {
    do {
      let connection = try Connection(path: location, mode: .immutable)
      let step = try checkSchema(of: connection)
      guard step > 0 else {
        throw LedgerError(
          .notALedger, ledger: path, problem: "the file is empty",
          remedy: "give the path of a ledger that a program with Healing wrote")
      }
      try EarlierSchema.complete(connection, step: step)
      try connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4096")
      return connection
    } catch {
      throw translated(error)
    }
  }

  /// Runs SQLite's integrity check and recounts the totals of a complete copy.
  /// - Returns: the first problem; `nil` for a sound ledger.
  fileprivate func firstProblemInCopy() throws(LedgerError) -> String? {
    let connection: Connection
    do throws(LedgerError) { connection = try openImmutable() } catch {
      if error.code == .corrupt { return error.problem }
      throw error
    }
    do throws(SQLiteError) { return try LedgerCheck.firstProblem(connection) } catch {
      if error.isCorrupt { return error.message }
      throw ledgerError(error)
    }
  }
}
