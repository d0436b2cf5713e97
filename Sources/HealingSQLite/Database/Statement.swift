import CHealingSQLite
import Glibc

/// A prepared statement of one ``Connection``. Use it on the connection's thread only.
package final class Statement {
  // Owned: made by Connection.prepare, finalised in deinit, never handed out.
  private let handle: OpaquePointer
  package let sql: String
  /// Positions of the columns that rows were read by; `nil` for a missing column. Each column is found once. Names
  /// are compared by address, because a literal of the program has one.
  private var positions: [(name: UnsafePointer<UInt8>, position: Int32?)] = []
  /// Index in `positions` of the last lookup: a decoder reads its columns in the same order for every row.
  private var lastLookup = 0
  /// A column that a row was read by and that the statement does not have.
  private var missing: StaticString?

  init(handle: OpaquePointer, sql: String) {
    self.handle = handle
    self.sql = sql
  }

  deinit { sqlite3_finalize(handle) }

  // Binding. Positions count from 1, as in SQLite. A failed binding is reported as an error of the next step;
  // its only cause with a correct position is lack of memory.

  package func bind(_ position: Int32, _ value: Int64) { sqlite3_bind_int64(handle, position, value) }
  package func bind(_ position: Int32, _ value: Int) { sqlite3_bind_int64(handle, position, Int64(value)) }
  package func bind(_ position: Int32, _ value: Bool) { sqlite3_bind_int64(handle, position, value ? 1 : 0) }
  package func bind(_ position: Int32, _ value: Double) { sqlite3_bind_double(handle, position, value) }
  package func bindNull(_ position: Int32) { sqlite3_bind_null(handle, position) }

  package func bind(_ position: Int32, _ value: String) {
    var value = value
    value.withUTF8 { bytes in
      // An empty buffer may have no address, which SQLite would bind as NULL.
      guard let address = bytes.baseAddress else {
        sqlite3_bind_text(handle, position, "", 0, Self.transient)
        return
      }
      _ = address.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
        sqlite3_bind_text(handle, position, $0, Int32(clamping: bytes.count), Self.transient)
      }
    }
  }

  package func bind(_ position: Int32, _ value: Int64?) {
    if let value { bind(position, value) } else { bindNull(position) }
  }

  package func bind(_ position: Int32, _ value: String?) {
    if let value { bind(position, value) } else { bindNull(position) }
  }

  /// Binds a named parameter if the statement has it; a query need not use every parameter.
  package func bind(name: String, _ value: Int64?) {
    let position = sqlite3_bind_parameter_index(handle, name)
    if position > 0 { bind(position, value) }
  }

  package func bind(name: String, _ value: String?) {
    let position = sqlite3_bind_parameter_index(handle, name)
    if position > 0 { bind(position, value) }
  }

  /// Steps to the next row.
  /// - Returns: whether there is a row.
  /// - Throws: also when the last row was read by a column that the statement does not have.
  package func step() throws(SQLiteError) -> Bool {
    if let missing {
      throw SQLiteError(extendedCode: SQLITE_ERROR, message: "the result has no column \(missing)", sql: sql)
    }
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw error
    }
  }

  /// Runs a statement without result rows and resets it for the next bindings.
  package func runAndReset() throws(SQLiteError) {
    let code = sqlite3_step(handle)
    guard code == SQLITE_DONE || code == SQLITE_ROW else {
      let error = self.error
      sqlite3_reset(handle)
      throw error
    }
    sqlite3_reset(handle)
  }

  /// Closes the cursor. Bindings remain until they are replaced.
  package func reset() { sqlite3_reset(handle) }

  /// The current row; valid until the next step or reset.
  package var row: Row { Row(self, handle: handle) }

  /// Returns the position of a column; `nil` when the statement does not have it.
  func position(of column: Row.Column) -> Int32? {
    switch column.place {
    case .position(let position): return position
    case .name(let name):
      var index = lastLookup
      for _ in positions.indices {
        if positions[index].name == name.utf8Start {
          lastLookup = index
          return positions[index].position
        }
        index = index + 1 < positions.count ? index + 1 : 0
      }
      return find(name)
    }
  }

  private func find(_ name: StaticString) -> Int32? {
    let position = columnNames.firstIndex(of: "\(name)").map(Int32.init)
    if position == nil { missing = name }
    lastLookup = positions.count
    positions.append((name.utf8Start, position))
    return position
  }

  /// Instructions of SQLite's virtual machine that the statement has run.
  var steps: Int64 { Int64(sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 0)) }

  package var columnNames: [String] {
    (0..<sqlite3_column_count(handle)).map {
      sqlite3_column_name(handle, $0).map { String(cString: $0) } ?? ""
    }
  }

  package var parameterNames: [String] {
    let count = sqlite3_bind_parameter_count(handle)
    return (0..<count).map { sqlite3_bind_parameter_name(handle, $0 + 1).map { String(cString: $0) } ?? "?" }
  }

  private var error: SQLiteError {
    let systemCode = errno
    let database = sqlite3_db_handle(handle)
    return SQLiteError(
      extendedCode: sqlite3_extended_errcode(database), message: String(cString: sqlite3_errmsg(database)),
      sql: sql, systemCode: systemCode)
  }

  /// Makes SQLite copy the bytes before the call returns.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
