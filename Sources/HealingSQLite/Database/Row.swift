import CHealingSQLite
package import Healing

/// The current row of a statement. Columns count from 0. Valid until the statement steps or is reset.
package struct Row {
  private let handle: OpaquePointer

  init(handle: OpaquePointer) { self.handle = handle }

  package func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
  package func bool(_ column: Int32) -> Bool { sqlite3_column_int64(handle, column) != 0 }
  package func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

  package func text(_ column: Int32) -> String {
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// Returns a component's name as stored.
  package func component(_ column: Int32) -> ComponentName { ComponentName(stored: text(column)) }

  package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
  package func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }
  package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
}
