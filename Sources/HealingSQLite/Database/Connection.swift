import CHealingSQLite
import Healing
import Glibc
import Synchronization

/// An SQLite connection. Not thread-safe (`SQLITE_OPEN_NOMUTEX`): its owner uses it on one thread at a time.
package final class Connection {
  package enum Mode: Sendable {
    case readOnly
    case readWrite
    case readWriteCreate
    /// For a file that cannot change: no locks and no side files are used.
    case immutable
    /// For writing a file that only this connection uses: no locks are used.
    case unshared
  }

  private static let lastNumber = Atomic<UInt64>(0)
  /// A number that is unique among the process's connections.
  let number = Connection.lastNumber.add(1, ordering: .relaxed).newValue
  // Owned: opened in init, closed in deinit, never handed out.
  private let handle: OpaquePointer
  // Owned: SQLite writes to it from the hook below, on the connection's own thread, until the connection is closed.
  private let walFrames = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
  private let busyTimeout: Int32
  private var cache: [String: Statement] = [:]
  private static let cacheLimit = 64

  /// Opens a database file.
  /// - Throws: ``SQLiteError``.
  package init(path: String, mode: Mode, busyTimeoutMilliseconds: Int32 = 5_000) throws(SQLiteError) {
    let flags =
      switch mode {
      case .readOnly: SQLITE_OPEN_READONLY
      case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
      case .readWrite, .unshared: SQLITE_OPEN_READWRITE
      case .readWriteCreate: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    var opened: OpaquePointer?
    let name = mode == .immutable ? Self.immutableURI(of: path) : path
    let code = sqlite3_open_v2(
      name, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      mode == .unshared ? "unix-none" : nil)
    guard code == SQLITE_OK, let opened else {
      let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      let extended = opened.map { sqlite3_extended_errcode($0) } ?? code
      sqlite3_close_v2(opened)
      walFrames.deallocate()
      throw SQLiteError(extendedCode: extended, message: message)
    }
    handle = opened
    busyTimeout = busyTimeoutMilliseconds
    sqlite3_busy_timeout(handle, busyTimeoutMilliseconds)
    // Closing the last connection must not checkpoint: only the writer does, under its lock.
    _ = csqlite_set_no_checkpoint_on_close(handle)
    _ = csqlite_set_defensive(handle)
    walFrames.initialize(to: 0)
    let noteFrames:
      @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, Int32) -> Int32 = {
        $0?.assumingMemoryBound(to: Int32.self).pointee = $3
        return SQLITE_OK
      }
    // Replaces SQLite's automatic checkpoints, which are also a WAL hook. `PRAGMA wal_autocheckpoint` would
    // remove this hook.
    sqlite3_wal_hook(handle, noteFrames, walFrames)
  }

  /// Returns the path with every byte escaped that is special in a URI (sqlite.org/uri.html).
  private static func immutableURI(of path: String) -> String {
    let escaped = path.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "/"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        String(UnicodeScalar(byte))
      default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
      }
    }
    return "file:\(escaped.joined())?immutable=1"
  }

  deinit {
    cache.removeAll()
    sqlite3_close_v2(handle)
    walFrames.deallocate()
  }

  /// Frames in the write-ahead log that may not be in the database file yet, as of the last commit.
  package var loggedFrames: Int { Int(walFrames.pointee) }

  /// SQLite's index of the write-ahead log; `nil` while another program changes it, and when there is no log.
  package var logIndex: LogIndex? {
    var index = csqlite_log_index()
    guard csqlite_read_log_index(handle, &index) != 0 else { return nil }
    return LogIndex(
      pageSize: Int64(index.page_size), frames: Int64(index.frames), salt: index.salt, copied: index.copied,
      attempted: index.attempted)
  }

  /// Whether the log has its header, and the header of a frame, of an index's generation.
  /// - Parameter frame: from 1; 0 for the log's header only.
  package func log(hasFrame frame: Int64, of index: LogIndex) -> Bool {
    csqlite_log_has_salt(handle, index.salt, 16) != 0
      && (frame == 0 || log(stillHasFrame: frame, of: index))
  }

  /// Whether the log has the header of a frame of an index's generation, which may have ended since.
  /// - Parameter frame: from 1.
  package func log(stillHasFrame frame: Int64, of index: LogIndex) -> Bool {
    csqlite_log_has_salt(handle, index.salt, index.end(ofFrame: frame - 1) + 8) != 0
  }

  /// Whether a checkpoint may have changed the database file between two reads of the index, or is about to.
  package func mayHaveCheckpointed(from earlier: LogIndex, to now: LogIndex) -> Bool {
    now.allowsCheckpoint(since: earlier) { log(stillHasFrame: $0, of: earlier) }
  }

  /// Number of frames, from the last one backwards, that are compared after a checkpoint. A program that copies
  /// another file over the database changes the pages that were written last.
  private static let comparedFrames = 128

  /// Whether the database file holds the last frames that a checkpoint has just copied into it. If not, another
  /// program has written to the file meanwhile. Call it while no other process can checkpoint.
  package var holdsWhatWasCopied: Bool {
    var index = csqlite_log_index()
    guard csqlite_read_log_index(handle, &index) != 0 else { return true }
    var pages = [UInt32](repeating: 0, count: Self.comparedFrames)
    var buffer = [UInt8](repeating: 0, count: 2 * Int(index.page_size))
    if csqlite_holds_copies(handle, &index, &pages, UInt32(Self.comparedFrames), &buffer) != 0 { return true }
    // A program of an earlier release may have written and checkpointed since.
    var now = csqlite_log_index()
    guard csqlite_read_log_index(handle, &now) != 0 else { return true }
    return (now.salt, now.frames, now.copied, now.attempted)
      != (index.salt, index.frames, index.copied, index.attempted)
  }

  /// The first 100 bytes of the database file on disk; empty when they cannot be read.
  package var head: [UInt8] {
    var head = [UInt8](repeating: 0, count: 100)
    return csqlite_read_head(handle, &head) != 0 ? head : []
  }

  /// Runs one or more statements without parameters or results.
  package func execute(_ sql: String) throws(SQLiteError) {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw error(sql) }
  }

  /// Returns a cached prepared statement, reset. Earlier bindings remain until they are replaced.
  package func cached(_ sql: String) throws(SQLiteError) -> Statement {
    if let statement = cache[sql] {
      statement.reset()
      return statement
    }
    if cache.count >= Self.cacheLimit { cache.removeAll() }
    let statement = try prepare(sql, persistent: true)
    cache[sql] = statement
    return statement
  }

  /// Prepares the first statement of a text; the rest of the text is ignored.
  package func prepare(_ sql: String, persistent: Bool = false) throws(SQLiteError) -> Statement {
    var prepared: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, sql, -1, persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0, &prepared, nil)
    guard code == SQLITE_OK, let prepared else { throw error(sql) }
    return Statement(handle: prepared, sql: sql)
  }

  /// Runs a query and decodes every row. Closes the cursor before it returns.
  package func rows<Value>(
    _ sql: String, bind: (Statement) throws(SQLiteError) -> Void = { _ in }, _ decode: (Row) -> Value
  ) throws(SQLiteError) -> [Value] {
    let statement = try cached(sql)
    defer { statement.reset() }
    try bind(statement)
    var values: [Value] = []
    while try statement.step() { values.append(decode(statement.row)) }
    return values
  }

  /// Returns the first column of the first row as an integer; `nil` when there is no row or the value is NULL.
  package func integer(_ sql: String, bind: (Statement) throws(SQLiteError) -> Void = { _ in })
    throws(SQLiteError) -> Int64?
  {
    try rows(sql, bind: bind) { $0.optionalInteger(0) }.first ?? nil
  }

  /// Returns the first column of the first row as text; `nil` when there is no row or the value is NULL.
  package func text(_ sql: String) throws(SQLiteError) -> String? {
    try rows(sql) { $0.optionalText(0) }.first ?? nil
  }

  /// Runs `body` between `BEGIN IMMEDIATE` and `COMMIT`; rolls back when it throws.
  package func transaction<Value>(_ body: () throws(SQLiteError) -> Value) throws(SQLiteError) -> Value {
    try run("BEGIN IMMEDIATE")
    do {
      let value = try body()
      try run("COMMIT")
      return value
    } catch {
      // Some errors have already rolled back; then this statement fails, which is harmless.
      try? run("ROLLBACK")
      throw error
    }
  }

  /// Runs a cached statement without parameters.
  package func run(_ sql: String) throws(SQLiteError) {
    let statement = try cached(sql)
    defer { statement.reset() }
    _ = try statement.step()
  }

  /// Instructions of SQLite's virtual machine between two checks of a limit, some 50 µs.
  private static let checkedInstructions: Int32 = 1_000

  /// Makes statements fail with `SQLITE_INTERRUPT` once a limit is reached; `nil` ends that. The caller keeps the
  /// limit alive. SQLite checks it between instructions, so it does not end a system call, nor `count(*)` of a whole
  /// table, which is one instruction.
  func setLimit(_ limit: ReadLimit?) {
    guard let limit else { return sqlite3_progress_handler(handle, 0, nil, nil) }
    let isReached: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = { pointer in
      guard let pointer else { return 0 }
      return Unmanaged<ReadLimit>.fromOpaque(pointer).takeUnretainedValue().reason == nil ? 0 : 1
    }
    sqlite3_progress_handler(
      handle, Self.checkedInstructions, isReached, Unmanaged.passUnretained(limit).toOpaque())
  }

  /// The statements that the connection keeps prepared, and the instructions that each has run.
  var preparedStatements: [(sql: String, steps: Int64)] { cache.map { ($0.key, $0.value.steps) } }

  /// Rows changed by the last statement.
  package var changes: Int64 { sqlite3_changes64(handle) }

  private func error(_ sql: String?) -> SQLiteError {
    let systemCode = errno
    return SQLiteError(
      extendedCode: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)),
      sql: sql, systemCode: systemCode)
  }

  package enum Checkpoint {
    /// Copies as many frames as possible without waiting.
    case passive
    /// Copies all frames and truncates the log, unless a reader or a writer blocks it.
    case truncating
  }

  /// Copies the frames of the write-ahead log into the database file.
  /// - Parameter patience: how long to wait for connections that block the checkpoint.
  /// - Returns: frames in the log that are not in the database file; 0 when all were copied.
  @discardableResult
  package func checkpoint(_ kind: Checkpoint, patience: Duration = .zero) throws(SQLiteError) -> Int {
    var logged: Int32 = 0
    var copied: Int32 = 0
    let mode = kind == .truncating ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
    sqlite3_busy_timeout(handle, Int32(clamping: patience.nanoseconds / 1_000_000))
    let code = sqlite3_wal_checkpoint_v2(handle, "main", mode, &logged, &copied)
    sqlite3_busy_timeout(handle, busyTimeout)
    guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else { throw error("checkpoint") }
    let left = max(0, logged - copied)
    if left == 0 { walFrames.pointee = 0 }
    return Int(left)
  }

  /// Writes the changed pages of the transaction in progress to the log, so that its commit needs no more space than a page.
  package func writeChangedPages() throws(SQLiteError) {
    let code = sqlite3_db_cacheflush(handle)
    let systemCode = errno
    // A page in use is busy: it stays for the commit. The handle has no record of this error.
    guard code != SQLITE_OK && code & 0xFF != SQLITE_BUSY else { return }
    throw SQLiteError(
      extendedCode: code, message: String(cString: sqlite3_errstr(code)), systemCode: systemCode)
  }

  /// Begins to copy this database into another with SQLite's backup API (sqlite.org/backup.html). The copy has the
  /// contents of the transaction that this connection has open.
  /// - Parameter target: a connection to an empty database.
  package func backup(to target: Connection) throws(SQLiteError) -> Backup {
    guard let handle = sqlite3_backup_init(target.handle, "main", self.handle, "main") else {
      throw target.error(nil)
    }
    return Backup(handle: handle, source: self, target: target)
  }

  /// Pages that this connection has read from its files.
  var pagesRead: Int {
    var (current, highest): (Int32, Int32) = (0, 0)
    sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_MISS, &current, &highest, 0)
    return Int(current)
  }

  /// Returns a page of the database file on disk, without the changes that only the log has; `nil` when the page
  /// cannot be read.
  /// - Parameter number: from 1.
  func page(_ number: Int64, size: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: size)
    return number > 0 && csqlite_read_file(handle, &bytes, Int32(size), (number - 1) * Int64(size)) != 0
      ? bytes : nil
  }

  /// Version of the linked SQLite library, such as `3.40.1`.
  package static var libraryVersion: String { String(cString: sqlite3_libversion()) }
}
