import CHealingSQLite
import HealingSQLite

/// Statements with their parameters, run with nothing but SQLite's C API: the reference for reads.
final class RawRead {
  /// One statement. Named parameters that it does not have are ignored.
  struct Query: Sendable {
    let sql: String
    var numbers: [String: Int64] = [:]
    var texts: [String: String] = [:]

    init(_ sql: String, _ numbers: [String: Int64] = [:], texts: [String: String] = [:]) {
      (self.sql, self.numbers, self.texts) = (sql, numbers, texts)
    }
  }

  // Owned: opened in init, closed in deinit, never handed out.
  private let handle: OpaquePointer
  private let statements: [OpaquePointer]

  init(path: String, _ queries: [Query]) throws {
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let opened else { throw Unexpected("the raw read cannot start: \(code)") }
    handle = opened
    var statements: [OpaquePointer] = []
    for query in queries {
      var prepared: OpaquePointer?
      let code = sqlite3_prepare_v3(
        opened, query.sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
      guard code == SQLITE_OK, let prepared else {
        for statement in statements { sqlite3_finalize(statement) }
        let problem = String(cString: sqlite3_errmsg(opened))
        sqlite3_close_v2(opened)
        throw Unexpected("the raw read cannot start: \(problem)")
      }
      // SQLITE_TRANSIENT
      let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
      for (name, number) in query.numbers {
        sqlite3_bind_int64(prepared, sqlite3_bind_parameter_index(prepared, name), number)
      }
      for (name, text) in query.texts {
        sqlite3_bind_text(prepared, sqlite3_bind_parameter_index(prepared, name), text, -1, transient)
      }
      statements.append(prepared)
    }
    self.statements = statements
  }

  deinit {
    for statement in statements { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  /// Runs the statements in one transaction and reads every value of every row.
  /// - Returns: number of rows.
  func run() throws -> Int {
    guard sqlite3_exec(handle, "BEGIN", nil, nil, nil) == SQLITE_OK else { throw Unexpected("BEGIN failed") }
    defer { sqlite3_exec(handle, "COMMIT", nil, nil, nil) }
    var (rows, sum) = (0, 0)
    for statement in statements {
      var code = sqlite3_step(statement)
      while code == SQLITE_ROW {
        rows += 1
        for column in 0..<sqlite3_column_count(statement) {
          switch sqlite3_column_type(statement, column) {
          case SQLITE_INTEGER: sum &+= Int(truncatingIfNeeded: sqlite3_column_int64(statement, column))
          case SQLITE_FLOAT: sum &+= Int(sqlite3_column_double(statement, column))
          default:
            if sqlite3_column_text(statement, column) != nil {
              sum &+= Int(sqlite3_column_bytes(statement, column))
            }
          }
        }
        code = sqlite3_step(statement)
      }
      guard code == SQLITE_DONE else { throw Unexpected("a raw read failed: \(code)") }
      sqlite3_reset(statement)
    }
    consume(sum)
    return rows
  }
}
