package import Healing
package import HealingMigrations

/// Brings a ledger's schema to the version of this program: one transaction a step, each remembered with its
/// checksum. Refuses a ledger whose history is not a beginning of its own.
package struct Migrator {
  private let migrations: [Migration]

  package init(migrations: [Migration]) { self.migrations = migrations }

  /// Compares what was applied with what this program knows.
  /// - Returns: the number of steps applied.
  @discardableResult
  package func check(_ connection: Connection, ledger: String) throws -> Int {
    guard try connection.integer("SELECT 1 FROM sqlite_schema WHERE name = 'migration'") != nil else {
      return 0
    }
    let applied = try connection.rows("SELECT version, name, checksum FROM migration ORDER BY version") {
      (version: Int($0.integer(0)), name: $0.text(1), checksum: $0.text(2))
    }
    for (index, step) in applied.enumerated() {
      guard step.version == index + 1 else {
        throw LedgerError(
          .schemaUnknown, ledger: ledger,
          problem: "migration \(index + 1) is missing from the ledger's record",
          remedy: "restore a backup")
      }
      guard index < migrations.count else {
        throw LedgerError(
          .schemaUnknown, ledger: ledger,
          problem:
            "the schema is newer (step \(applied.count), \(step.name)) than this program (step \(migrations.count))",
          remedy: "use the newer program")
      }
      guard step.checksum == Self.checksum(of: migrations[index]) else {
        throw LedgerError(
          .schemaUnknown, ledger: ledger,
          problem:
            "migration \(step.version) (\(step.name)) was applied with another text than this program has",
          remedy: "use the program that wrote the ledger; a released migration must not be edited")
      }
    }
    return applied.count
  }

  /// Applies what is missing.
  package func migrate(_ connection: Connection, ledger: String, now: Timestamp) throws {
    let done = try check(connection, ledger: ledger)
    for migration in migrations.dropFirst(done) {
      try connection.transaction { () throws(SQLiteError) in
        try connection.execute(migration.sql)
        let insert = try connection.prepare("INSERT INTO migration VALUES (?, ?, ?, ?)")
        insert.bind(1, migration.version)
        insert.bind(2, migration.name)
        insert.bind(3, Self.checksum(of: migration))
        insert.bind(4, now.microseconds)
        _ = try insert.step()
      }
    }
  }

  /// FNV-1a of the text: it guards against mistakes, not against malice.
  static func checksum(of migration: Migration) -> String {
    var hash = FNV1a()
    hash.combine(migration.sql.utf8)
    return hash.hexadecimal
  }
}
