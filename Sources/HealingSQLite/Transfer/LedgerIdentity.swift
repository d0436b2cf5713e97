import Healing

/// The identity of a ledger: 128 random bits in hexadecimal, made with the file or at its migration. Copies of a file
/// have the same.
enum LedgerIdentity {
  /// Returns the identity; `nil` in a ledger of an earlier schema.
  static func find(_ connection: Connection) throws(SQLiteError) -> String? {
    let table = try connection.integer("SELECT 1 FROM sqlite_schema WHERE name = 'ledger_identity'")
    return table == nil ? nil : try connection.text("SELECT identity FROM ledger_identity")
  }

  /// Returns the identity. A ledger of an earlier schema gets one that is derived from the first run that wrote it.
  static func forExport(_ connection: Connection) throws(SQLiteError) -> String {
    if let identity = try find(connection) { return identity }
    let first = try connection.text(
      "SELECT host || '|' || pid || '|' || node || '|' || started_at FROM process ORDER BY id LIMIT 1")
    return PolicyText(json: first ?? "").hash
  }
}
