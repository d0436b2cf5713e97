import CHealingSQLite
import Healing
import Glibc
import Synchronization

/// One SQLite connection. Not thread-safe by itself (`SQLITE_OPEN_NOMUTEX`): its owner uses it from one
/// thread at a time.
package final class Connection {
  package enum Mode: Sendable {
    case readOnly
    case readWrite
    case readWriteCreate
    /// For a file that nothing can change: neither locks nor side files are used.
    case immutable
  }

  private static let lastNumber = Atomic<UInt64>(0)
  /// A number that no other connection of the process has.
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
      case .readWrite: SQLITE_OPEN_READWRITE
      case .readWriteCreate: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    var opened: OpaquePointer?
    let name = mode == .immutable ? Self.immutableURI(of: path) : path
    let code = sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
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
    // In place of SQLite's automatic checkpoints, which are a hook themselves. `PRAGMA wal_autocheckpoint` would
    // take this one away again.
    sqlite3_wal_hook(handle, noteFrames, walFrames)
  }

  /// The path with every byte escaped that means something in a URI (sqlite.org/uri.html).
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

  /// Frames in the write-ahead log that are not known to be in the database file, as of the last commit.
  package var loggedFrames: Int { Int(walFrames.pointee) }

  /// What SQLite's index says of the write-ahead log; `nil` while another program is changing it, and when there is none.
  package var logIndex: LogIndex? {
    var index = csqlite_log_index()
    guard csqlite_read_log_index(handle, &index) != 0 else { return nil }
    return LogIndex(
      pageSize: Int64(index.page_size), frames: Int64(index.frames), salt: index.salt, copied: index.copied,
      attempted: index.attempted)
  }

  /// Whether the log has its head, and the head of a frame, of the generation that an index is of.
  /// - Parameter frame: from 1; 0 for the log's own head alone.
  package func log(hasFrame frame: Int64, of index: LogIndex) -> Bool {
    csqlite_log_has_salt(handle, index.salt, 16) != 0
      && (frame == 0 || log(stillHasFrame: frame, of: index))
  }

  /// Whether the log has the head of a frame of the generation that an index is of, which may have ended since.
  /// - Parameter frame: from 1.
  package func log(stillHasFrame frame: Int64, of index: LogIndex) -> Bool {
    csqlite_log_has_salt(handle, index.salt, index.end(ofFrame: frame - 1) + 8) != 0
  }

  /// Whether a checkpoint may have changed the database file between two looks at the index, or is about to.
  package func mayHaveCheckpointed(from earlier: LogIndex, to now: LogIndex) -> Bool {
    now.allowsCheckpoint(since: earlier) { log(stillHasFrame: $0, of: earlier) }
  }

  /// Frames that are compared after a checkpoint, from the last one on. A program that copies another file over the database
  /// changes the pages that were written last.
  private static let comparedFrames = 128

  /// Whether the database file holds what a checkpoint has just copied into it, at its last frames. If not, another program
  /// has written to the file meanwhile. Called where no one else checkpoints.
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

  /// The first 100 bytes of the database file as it is on disk; empty when they cannot be read.
  package var head: [UInt8] {
    var head = [UInt8](repeating: 0, count: 100)
    return csqlite_read_head(handle, &head) != 0 ? head : []
  }

  /// Runs one or more statements without parameters or results.
  package func execute(_ sql: String) throws(SQLiteError) {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw error(sql) }
  }

  /// A statement that is prepared once and kept. Reset and without bindings.
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

  /// Prepares a statement. What follows the first statement of the text is not looked at.
  package func prepare(_ sql: String, persistent: Bool = false) throws(SQLiteError) -> Statement {
    var prepared: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, sql, -1, persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0, &prepared, nil)
    guard code == SQLITE_OK, let prepared else { throw error(sql) }
    return Statement(handle: prepared, sql: sql)
  }

  /// Runs a query and turns every row into a value. The cursor is closed before it returns.
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

  /// The first column of the first row as an integer; `nil` when there is no row or it is NULL.
  package func integer(_ sql: String, bind: (Statement) throws(SQLiteError) -> Void = { _ in })
    throws(SQLiteError) -> Int64?
  {
    try rows(sql, bind: bind) { $0.optionalInteger(0) }.first ?? nil
  }

  /// The first column of the first row as text.
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
      // Some errors have rolled back already; then this is refused, which is fine.
      try? run("ROLLBACK")
      throw error
    }
  }

  /// Runs one statement without parameters that stays prepared.
  package func run(_ sql: String) throws(SQLiteError) {
    let statement = try cached(sql)
    defer { statement.reset() }
    _ = try statement.step()
  }

  /// Bytes changed by this connection's last statement, as rows.
  package var changes: Int64 { sqlite3_changes64(handle) }

  private func error(_ sql: String?) -> SQLiteError {
    let systemCode = errno
    return SQLiteError(
      extendedCode: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)),
      sql: sql, systemCode: systemCode)
  }

  package enum Checkpoint {
    /// Copies what it can without waiting.
    case passive
    /// Copies everything and empties the log, unless a reader or a writer is in the way.
    case truncating
  }

  /// Copies what the write-ahead log holds into the database file.
  /// - Parameter patience: how long other connections that are in the way are waited for.
  /// - Returns: frames that are still in the log and not in the database file; 0 when all were copied.
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

  /// Version of the library that is linked, such as `3.40.1`.
  package static var libraryVersion: String { String(cString: sqlite3_libversion()) }
}
