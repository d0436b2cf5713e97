import CHealingSQLite
package import Healing

/// The current row of a statement. Valid until the statement steps or is reset.
///
/// A column that the statement does not have reads as NULL, and the next step throws an error that names it.
package struct Row {
  /// A column of a result: by name, so that a new column in a `SELECT` cannot shift the values of others, or by
  /// position from 0 where the result has one column.
  package struct Column: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    enum Place {
      case name(StaticString)
      case position(Int32)
    }
    let place: Place

    package init(stringLiteral name: StaticString) { place = .name(name) }
    package init(integerLiteral position: Int32) { place = .position(position) }
  }

  private let statement: Statement
  private let handle: OpaquePointer

  init(_ statement: Statement, handle: OpaquePointer) {
    self.statement = statement
    self.handle = handle
  }

  package func integer(_ column: Column) -> Int64 {
    guard let position = statement.position(of: column) else { return 0 }
    return sqlite3_column_int64(handle, position)
  }

  package func bool(_ column: Column) -> Bool { integer(column) != 0 }

  package func double(_ column: Column) -> Double {
    guard let position = statement.position(of: column) else { return 0 }
    return sqlite3_column_double(handle, position)
  }

  package func text(_ column: Column) -> String {
    guard let position = statement.position(of: column), let start = sqlite3_column_text(handle, position)
    else { return "" }
    let count = Int(sqlite3_column_bytes(handle, position))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// Returns a component's name as stored.
  package func component(_ column: Column) -> ComponentName { ComponentName(stored: text(column)) }

  package func isNull(_ column: Column) -> Bool {
    guard let position = statement.position(of: column) else { return true }
    return sqlite3_column_type(handle, position) == SQLITE_NULL
  }

  package func optionalInteger(_ column: Column) -> Int64? { isNull(column) ? nil : integer(column) }
  package func optionalText(_ column: Column) -> String? { isNull(column) ? nil : text(column) }
}
