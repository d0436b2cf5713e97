import CLinux
import CSQLite
import Glibc
package import Healing
import HealingMigrations

/// Opens ledger files: finds out what is at a path before anything is written, and says clearly what is wrong.
package struct LedgerFile: Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  /// Beside the database file; holds the locks between processes and nothing else. It is a file of its own
  /// because closing any descriptor of the database file would drop SQLite's locks on it.
  var lockPath: String { path + "-lock" }

  /// Opens for reading. Creates nothing and migrates nothing.
  package func openReader() throws(LedgerError) -> Connection {
    guard let size = try size() else {
      throw LedgerError(
        .unavailable, ledger: path, problem: "there is no such file",
        remedy: "give the path of a ledger that a program with Healing has written")
    }
    guard size > 0 else { throw empty }
    do {
      let connection = try Connection(path: path, mode: .readOnly)
      try connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4096")
      guard try checkSchema(of: connection) > 0 else { throw empty }
      return connection
    } catch {
      throw translated(error)
    }
  }

  private var empty: LedgerError {
    LedgerError(
      .notALedger, ledger: path, problem: "the file is empty",
      remedy: "give the path of a ledger that a program with Healing has written")
  }

  /// Refuses what can never become a ledger before anything is created beside it.
  func checkBeforeWriting() throws(LedgerError) {
    guard let size = try size(), size > 0 else { return }
    do {
      try checkSchema(of: Connection(path: path, mode: .readOnly))
    } catch {
      throw translated(error)
    }
  }

  /// Opens for writing, creating and migrating as needed. The caller holds the writer lock.
  package func openWriter(now: Timestamp) throws(LedgerError) -> Connection {
    let size = try size()
    do {
      if size == nil {
        try createPrivately()
      } else if let size, size > 0 {
        // Looked at through a connection that cannot write, so that a file that is no ledger stays as it is.
        let probe = try Connection(path: path, mode: .readOnly)
        try checkSchema(of: probe)
      }
      let connection = try Connection(path: path, mode: .readWrite)
      try connection.execute(
        """
        PRAGMA page_size = 8192;
        PRAGMA foreign_keys = ON;
        PRAGMA trusted_schema = OFF;
        PRAGMA synchronous = FULL;
        PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -8192
        """)
      guard try connection.text("PRAGMA journal_mode = WAL") == "wal" else {
        throw LedgerError(
          .unavailable, ledger: path, problem: "the file system cannot do write-ahead logging",
          remedy: "put the ledger on a local disk")
      }
      try Migrator(migrations: Migration.all).migrate(connection, ledger: path, now: now)
      return connection
    } catch {
      throw translated(error)
    }
  }

  /// Refuses what is somebody else's database, and a schema this program does not know.
  /// - Returns: the migrations applied; 0 for a file without any table.
  @discardableResult
  private func checkSchema(of connection: Connection) throws -> Int {
    let tables = try connection.integer("SELECT count(*) FROM sqlite_schema") ?? 0
    let identity = try connection.integer("PRAGMA application_id") ?? 0
    guard identity == Self.applicationID else {
      // A database without a table is what a crash during the very first opening leaves behind.
      if tables == 0 && identity == 0 { return 0 }
      throw LedgerError(
        .notALedger, ledger: path, problem: "the file is an SQLite database, but not a ledger",
        remedy: "give another path")
    }
    return try Migrator(migrations: Migration.all).check(connection, ledger: path)
  }

  /// 'HEAL', as in the first migration.
  static let applicationID: Int64 = 0x4845_414C

  // MARK: What is at the path

  /// Size of the file; `nil` when there is none.
  private func size() throws(LedgerError) -> Int64? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      guard code == ENOENT else { throw unavailable(String(cString: strerror(code))) }
      try checkFolder()
      return nil
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw LedgerError(
        .unavailable, ledger: path, problem: "this is a folder", remedy: "give the path of a file in it")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw LedgerError(
        .unavailable, ledger: path, problem: "this is not a regular file", remedy: "give another path")
    }
    try checkFileSystem(of: path)
    return Int64(status.st_size)
  }

  private var folder: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private func checkFolder() throws(LedgerError) {
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw LedgerError(
        .unavailable, ledger: path, problem: "the folder \(folder) does not exist", remedy: "create it first")
    }
    try checkFileSystem(of: folder)
  }

  /// Network file systems lose SQLite's locks and with them rows.
  private func checkFileSystem(of place: String) throws(LedgerError) {
    let kind = clinux_file_system_type(place)
    guard kind >= 0 else { throw unavailable(String(cString: strerror(Int32(-kind)))) }
    if let name = Self.networkFileSystems[kind] {
      throw LedgerError(
        .unavailable, ledger: path,
        problem: "this is on a network file system (\(name)), where locks are not reliable",
        remedy: "put the ledger on a local disk")
    }
  }

  /// By magic number, from statfs(2).
  private static let networkFileSystems: [Int64: String] = [
    0x6969: "NFS", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x517B: "SMB", 0x0102_1997: "9P",
    0x00C3_6400: "Ceph", 0x5346_414F: "AFS", 0x7375_7245: "Coda", 0x564C: "NCP", 0x0BD0_0BD0: "Lustre",
    0x4750_4653: "GPFS", 0x786F_4256: "vboxsf",
  ]

  /// Creates the file empty with mode 0600; SQLite gives its side files the same mode.
  private func createPrivately() throws(LedgerError) {
    let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      // Somebody was faster: as good.
      if errno == EEXIST { return }
      throw unavailable(String(cString: strerror(errno)))
    }
    close(descriptor)
  }

  private func unavailable(_ problem: String) -> LedgerError {
    LedgerError(
      .unavailable, ledger: path, problem: problem,
      remedy: "check that the folder and the file can be read and written")
  }

  // MARK: Errors

  private func translated(_ error: any Error) -> LedgerError {
    switch error {
    case let error as LedgerError: error
    case let error as SQLiteError: ledgerError(error)
    default: LedgerError(.other, ledger: path, problem: "\(error)")
    }
  }

  /// SQLite's error in the ledger's words.
  package func ledgerError(_ error: SQLiteError) -> LedgerError {
    switch error.code {
    case SQLITE_BUSY, SQLITE_LOCKED:
      LedgerError(
        .busy, ledger: path, problem: "another process holds the database (\(error.message))",
        remedy: "wait, or end the program that holds it")
    case SQLITE_FULL:
      LedgerError(.full, ledger: path, problem: "the disk is full", remedy: "make room")
    case SQLITE_NOTADB:
      LedgerError(
        .corrupt, ledger: path, problem: "the file is no database",
        remedy: "give another path, or move the file away")
    case SQLITE_CORRUPT:
      LedgerError(
        .corrupt, ledger: path, problem: "the database is damaged (\(error.message))",
        remedy: "restore a backup, or move the file and its -wal and -shm away to start anew")
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_AUTH:
      unavailable("\(error.message) (SQLite \(error.extendedCode))")
    default:
      LedgerError(.other, ledger: path, problem: error.description)
    }
  }
}
