import CHealingLinux
import CHealingSQLite
import Glibc
package import Healing
import HealingMigrations

/// Opens ledger files. Checks what is at a path before anything is written, and reports problems with a remedy.
package struct LedgerFile: Sendable {
  /// The path as given, for messages.
  package let path: String
  /// The absolute path of the file with symbolic links resolved. The side files are next to it, whatever name
  /// it was opened under. It begins with `/`, so that SQLite does not read a name as a URI or as an in-memory
  /// database.
  package let location: String
  private let allowsFUSE: Bool

  /// - Parameter allowsFUSE: whether the file may be on a file system in user space (FUSE).
  package init(path: String, allowsFUSE: Bool = false) {
    self.path = path
    self.allowsFUSE = allowsFUSE
    location = Self.resolve(path)
  }

  /// The lock file next to the database file, with the locks between processes and ``LockFileMarks``. It is a
  /// separate file, because closing any descriptor of the database file would drop SQLite's locks on it.
  var lockPath: String { location + "-lock" }
  var logPath: String { location + "-wal" }
  var indexPath: String { location + "-shm" }
  /// A file that only takes space, until a full disk needs it.
  var reservePath: String { location + "-reserve" }

  /// Resolves a path; of a missing file, resolves its folder. A path that cannot be resolved is returned
  /// unchanged.
  private static func resolve(_ path: String) -> String {
    if let resolved = realPath(path) { return resolved }
    var status = stat()
    guard !path.isEmpty, lstat(path, &status) != 0, let slash = path.lastIndex(of: "/") else {
      return path.contains("/") || path.isEmpty ? path : (realPath(".").map { $0 + "/" + path } ?? path)
    }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    guard let resolved = realPath(folder) else { return path }
    return (resolved == "/" ? "" : resolved) + path[slash...]
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Opens the file for reading. Creates nothing and migrates nothing.
  package func openReader() throws(LedgerError) -> Connection {
    guard let size = try size(forWriting: false) else {
      throw LedgerError(
        .unavailable, ledger: path, problem: "there is no such file",
        remedy: "give the path of a ledger that a program with Healing wrote")
    }
    guard size > 1 else { throw empty }
    do {
      let connection = try openToRead()
      let step = try checkSchema(of: connection)
      guard step > 0 else { throw empty }
      try EarlierSchema.complete(connection, step: step)
      try connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4096")
      return connection
    } catch {
      throw translated(error)
    }
  }

  /// Opens a reader. A ledger in a read-only folder is opened as immutable if its log is missing or empty:
  /// SQLite cannot create the index of a log there, and needs none.
  private func openToRead() throws -> Connection {
    let problem: SQLiteError
    do throws(SQLiteError) {
      let connection = try Connection(path: location, mode: .readOnly)
      _ = try connection.integer("PRAGMA schema_version")
      return connection
    } catch {
      problem = error
    }
    guard problem.isWithoutIndex, access(folder, W_OK) != 0 else { throw problem }
    guard FileIdentity(path: logPath).map({ $0.size == 0 }) ?? true else {
      throw LedgerError(
        .unavailable, ledger: path,
        problem:
          "the folder cannot be written, and the log of the file (\(Self.name(logPath))) holds rows"
          + " that are not in the file yet",
        remedy: "copy the file and its -wal to a folder that can be written")
    }
    return try Connection(path: location, mode: .immutable)
  }

  private var empty: LedgerError {
    LedgerError(
      .notALedger, ledger: path, problem: "the file is empty",
      remedy: "give the path of a ledger that a program with Healing wrote")
  }

  /// Rejects a file that can never become a ledger, before anything is created next to it.
  func checkBeforeWriting() throws(LedgerError) {
    guard let size = try size(forWriting: true) else {
      guard FileIdentity(path: logPath).map({ $0.size == 0 }) ?? true else {
        throw LedgerError(
          .corrupt, ledger: path,
          problem: "the file is missing, but its log (\(Self.name(logPath))) exists and has rows",
          remedy: "put the file back, or move its -wal, -shm and -lock away to start a new ledger")
      }
      return
    }
    guard size > 1 else { return }
    do {
      try checkSchema(of: Connection(path: location, mode: .readOnly))
    } catch let error as SQLiteError where error.isUndecidedForReaders {
      return  // Checked again under the lock, by a connection that can write.
    } catch {
      throw translated(error)
    }
  }

  /// Opens the file for writing, creates and migrates it as needed. The caller holds the write lock.
  /// - Parameters:
  ///   - mayCreate: whether a missing file is created.
  ///   - wasWritten: whether the lock file has marks of runs that wrote the ledger; an empty file is then
  ///     damage.
  ///   - checkBeforeWriting: called with the connection before anything is written to an existing ledger. When it
  ///     throws, the log has no frame of this call, so the next start does not find the log of an unknown writer.
  package func openWriter(
    now: Timestamp, mayCreate: Bool = true, wasWritten: Bool = false,
    checkBeforeWriting: (Connection) throws(LedgerError) -> Void = { (_) throws(LedgerError) in }
  ) throws(LedgerError) -> Connection {
    let size = try size(forWriting: true)
    guard mayCreate || size != nil else { throw moved(location) }
    // SQLite treats a file of one byte as empty.
    if let size, size <= 1, wasWritten || FileIdentity(path: logPath).map({ $0.size > 0 }) ?? false {
      throw LedgerError(
        .corrupt, ledger: path,
        problem:
          "the ledger was truncated to \(size) bytes: its log or its lock file belongs to a longer file",
        remedy: "restore a backup, or move the file and its -wal, -shm and -lock away to start a new ledger")
    }
    do {
      if size == nil {
        try createPrivately()
      } else if let size, size > 1 {
        // Checks with a read-only connection first, so that a file that is not a ledger is not changed.
        do {
          try checkSchema(of: Connection(path: location, mode: .readOnly))
        } catch let error as SQLiteError where error.isUndecidedForReaders {
          // A program was killed while it created the file, or crashed: only a writer can roll back its
          // incomplete changes.
          try checkSchema(of: Connection(path: location, mode: .readWrite))
        }
      }
      let connection = try Connection(path: location, mode: .readWrite)
      if try connection.integer("PRAGMA page_count") == 0 {
        // In an existing file, setting `auto_vacuum` would write a page.
        try connection.execute("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL")
      }
      try connection.execute(
        """
        PRAGMA foreign_keys = ON;
        PRAGMA trusted_schema = OFF;
        PRAGMA synchronous = FULL;
        PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -6144
        """)
      guard try connection.text("PRAGMA journal_mode = WAL") == "wal" else {
        throw LedgerError(
          .unavailable, ledger: path, problem: "the file system cannot do write-ahead logging",
          remedy: "put the ledger on a local disk")
      }
      // The read makes the connection load the index of the log.
      _ = try connection.integer("PRAGMA schema_version")
      try checkLog(of: connection)
      let migrator = Migrator(migrations: Migration.all)
      let steps = try migrator.check(connection, ledger: path)
      guard mayCreate || steps > 0 else {
        throw LedgerError(
          .corrupt, ledger: path, problem: "the file has lost its contents", remedy: "restore a backup")
      }
      if steps > 0 { try checkBeforeWriting(connection) }
      if steps < Migration.all.count {
        try migrator.migrate(connection, ledger: path, now: now)
        // The schema is in the file itself from the start, not only in a log that can be lost.
        try connection.checkpoint(.passive)
      }
      return connection
    } catch {
      throw translated(error)
    }
  }

  /// Rejects a database that is not a ledger, and a schema that this program does not know.
  /// - Returns: number of migrations applied; 0 for a file without tables.
  @discardableResult
  func checkSchema(of connection: Connection) throws -> Int {
    let tables = try connection.integer("SELECT count(*) FROM sqlite_schema") ?? 0
    let identity = try connection.integer("PRAGMA application_id") ?? 0
    guard identity == Self.applicationID else {
      // A crash during the first opening leaves a database without tables.
      if tables == 0 && identity == 0 { return 0 }
      throw LedgerError(
        .notALedger, ledger: path, problem: "the file is an SQLite database, but not a ledger",
        remedy: "give another path")
    }
    return try Migrator(migrations: Migration.all).check(connection, ledger: path)
  }

  /// The `application_id` of a ledger, 'HEAL', as in the first migration.
  static let applicationID: Int64 = 0x4845_414C

  /// Checks that the write-ahead log is as long as its index says and has the headers of its frames. A
  /// truncated log lacks frames that readers use, and a checkpoint would copy zeros into the ledger. Programs
  /// that copy and truncate the log regularly change its index first.
  /// - Parameter earlier: index of an earlier check. Frames written since may hide that the log was truncated.
  /// - Returns: the index.
  /// - Throws: `LedgerError` with code `moved` when the log was truncated or overwritten.
  @discardableResult
  func checkLog(of connection: Connection, since earlier: LogIndex? = nil) throws(LedgerError) -> LogIndex {
    // Another program may change the index or truncate the log between two reads.
    for _ in 0..<100 {
      let index = connection.logIndex
      let size = FileIdentity(path: logPath)?.size ?? 0
      guard let index else {
        // The next read repairs an index that a crash left half changed.
        _ = try? connection.integer("PRAGMA schema_version")
        continue
      }
      var isWhole = size >= index.leastLength
      if isWhole && index.frames > 0 {
        isWhole = connection.log(hasFrame: index.frames, of: index)
        if let earlier, earlier.salt == index.salt, earlier.frames > 0, earlier.frames < index.frames {
          isWhole = isWhole && connection.log(hasFrame: earlier.frames, of: index)
        }
      }
      if isWhole { return index }
      guard connection.logIndex == index else { continue }
      throw LedgerError(
        .moved, ledger: path,
        problem: size < index.leastLength
          ? "the ledger's log was truncated to \(size) bytes; its index requires \(index.leastLength)"
          : "another program truncated or overwrote the ledger's log",
        remedy: "end the other programs that have the ledger open; the rows in it are lost, see v_gaps")
    }
    throw LedgerError(.busy, ledger: path, problem: "another program keeps changing the log")
  }

  // MARK: What is at the path

  /// Returns the size of the file; `nil` when it does not exist.
  private func size(forWriting: Bool) throws(LedgerError) -> Int64? {
    guard !path.isEmpty else {
      throw LedgerError(.unavailable, ledger: path, problem: "the path is empty", remedy: "give one")
    }
    var status = stat()
    guard stat(location, &status) == 0 else {
      let code = errno
      guard code == ENOENT else { throw unavailable(String(cString: strerror(code))) }
      guard lstat(location, &status) != 0 else {
        throw LedgerError(
          .unavailable, ledger: path, problem: "this is a symbolic link to a file that does not exist",
          remedy: "give the path of the file itself")
      }
      try checkFolder(forWriting: forWriting)
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
    guard status.st_nlink == 1 else { throw severalNames(UInt64(status.st_nlink)) }
    try checkFileSystem(of: location, forWriting: forWriting)
    return Int64(status.st_size)
  }

  var folder: String {
    // Works on bytes, so that a slash followed by a combining mark is a separator.
    guard let slash = location.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == location.startIndex ? "/" : String(location[..<slash])
  }

  /// Returns the last component of a path, for messages.
  private static func name(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }

  func checkFolder(forWriting: Bool) throws(LedgerError) {
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw LedgerError(
        .unavailable, ledger: path, problem: "the folder \(folder) does not exist", remedy: "create it first")
    }
    try checkFileSystem(of: folder, forWriting: forWriting)
  }

  /// Rejects network file systems: SQLite's locks fail there, and rows are lost.
  private func checkFileSystem(of place: String, forWriting: Bool) throws(LedgerError) {
    let kind = clinux_file_system_type(place)
    guard kind >= 0 else { throw unavailable(String(cString: strerror(Int32(-kind)))) }
    if let name = Self.networkFileSystems[kind] {
      throw LedgerError(
        .unavailable, ledger: path,
        problem: "this is on a network file system (\(name)), where locks are not reliable",
        remedy: "put the ledger on a local disk")
    }
    // The storage behind a file system in user space is unknown. A reader can do no harm there.
    if kind == Self.fuse && forWriting && !allowsFUSE {
      throw LedgerError(
        .unavailable, ledger: path,
        problem: "this is on a file system in user space (FUSE), which may be a network file system",
        remedy:
          "put the ledger on a local disk, or allow FUSE where its locks and shared memory are known to work")
    }
  }

  private static let fuse: Int64 = 0x6573_5546

  /// Network file systems by magic number, from statfs(2).
  private static let networkFileSystems: [Int64: String] = [
    0x6969: "NFS", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x517B: "SMB", 0x0102_1997: "9P",
    0x00C3_6400: "Ceph", 0x5346_414F: "AFS", 0x7375_7245: "Coda", 0x564C: "NCP", 0x0BD0_0BD0: "Lustre",
    0x4750_4653: "GPFS", 0x786F_4256: "vboxsf",
  ]

  /// Creates an empty file with mode 0600; SQLite gives its side files the same mode.
  private func createPrivately() throws(LedgerError) {
    let descriptor = open(location, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      // Another process has created the file first, which is fine.
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

  func severalNames(_ links: UInt64) -> LedgerError {
    LedgerError(
      .unavailable, ledger: path,
      problem: "the file has \(links) names (hard links), and each name would have a separate log",
      remedy: "remove the other names: find -samefile '\(path)'")
  }

  /// An open file is no longer under its path.
  func moved(_ file: String) -> LedgerError {
    LedgerError(
      .moved, ledger: path,
      problem: "the ledger's file was moved or removed" + (file == location ? "" : " (\(Self.name(file)))"),
      remedy: file == location
        ? "put the file back, or restart the program to create a new one"
        : "the program creates it again when it reopens the ledger; do not put the old one back")
  }

  /// The open file was written to, and not by a checkpoint.
  var changedInPlace: LedgerError {
    LedgerError(
      .moved, ledger: path, problem: "another program changed the ledger's file while it was open",
      remedy: "the program checks the file and opens it again")
  }

  /// The open file was changed, and its contents are damaged.
  func damagedInPlace(_ problem: String) -> LedgerError {
    LedgerError(
      .corrupt, ledger: path,
      problem: "another program overwrote the ledger's file while it was open: \(problem)",
      remedy: "end the program, move the file and its -wal, -shm and -lock away, and put a backup in place")
  }

  /// The log continues from the contents that the file had before it was overwritten.
  var otherContents: LedgerError { damagedInPlace("its log continues different contents") }

  /// The log next to a file belongs to another file.
  var foreignLog: LedgerError {
    LedgerError(
      .corrupt, ledger: path,
      problem:
        "the log of the file (\(Self.name(logPath))) belongs to another file that was at this path before",
      remedy: "put that file back, or move the -wal and -shm away, which loses the rows in them")
  }

  func translated(_ error: any Error) -> LedgerError {
    switch error {
    case let error as LedgerError: error
    case let error as SQLiteError: ledgerError(error)
    default: LedgerError(.other, ledger: path, problem: "\(error)")
    }
  }

  /// Durable batches are missing from the file.
  func missing(_ batches: [Int64: Int64]) -> LedgerError {
    let runs = batches.keys.sorted()
    let list = runs.prefix(5).map { "run \($0): \(batches[$0] ?? 0)" }.joined(separator: ", ")
    let count = batches.values.reduce(0, &+)
    return LedgerError(
      .corrupt, ledger: path,
      problem:
        "\(count) batches that were durable are missing from the file (\(list)\(runs.count > 5 ? ", …" : "")):"
        + " its log is damaged, or an older file is in its place",
      remedy:
        "restore the file with its -wal, or accept the loss with: healing check --ledger '\(path)' --accept-loss"
    )
  }

  /// - Parameter relief: what retention does about it.
  func fullDisk(_ relief: String) -> LedgerError {
    LedgerError(.full, ledger: path, problem: "the disk is full; \(relief)", remedy: "free disk space")
  }

  /// Converts an SQLite error to a ledger error.
  package func ledgerError(_ error: SQLiteError) -> LedgerError {
    switch error.code {
    case _ where error.isFull:
      LedgerError(.full, ledger: path, problem: "the disk is full", remedy: "free disk space")
    case SQLITE_BUSY, SQLITE_LOCKED:
      LedgerError(
        .busy, ledger: path, problem: "another process holds the database (\(error.message))",
        remedy: "wait, or end the program that holds it")
    case SQLITE_NOTADB:
      LedgerError(
        .corrupt, ledger: path, problem: "the file is not a database",
        remedy: "give another path, or move the file away")
    case SQLITE_CORRUPT:
      LedgerError(
        .corrupt, ledger: path, problem: "the database is damaged (\(error.message))",
        remedy: "restore a backup, or move the file and its -wal and -shm away to start a new ledger")
    case SQLITE_READONLY where error.isUndecidedForReaders:
      LedgerError(
        .unavailable, ledger: path,
        problem: "a program was killed while it created or recovered the file (SQLite \(error.extendedCode))",
        remedy: "open it once for writing: start the program that writes it")
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_AUTH:
      unavailable("\(error.message) (SQLite \(error.extendedCode))")
    default:
      LedgerError(.other, ledger: path, problem: error.description)
    }
  }
}
