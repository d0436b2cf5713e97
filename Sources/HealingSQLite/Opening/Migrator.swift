package import Healing
package import HealingMigrations

/// Migrates a ledger's schema to the version of this program: one transaction per step, each recorded with its
/// checksum and the oldest program that may still write. Rejects a ledger with unknown steps that this program
/// may not write.
package struct Migrator {
  private let migrations: [Migration]

  package init(migrations: [Migration]) { self.migrations = migrations }

  /// A step recorded in the ledger.
  private struct Applied {
    let version: Int
    let name: String
    let checksum: String
    /// `nil` for a step recorded in `migration`.
    let oldestWriter: Int?
  }

  /// Compares the applied steps with the steps that this program knows. Accepts unknown steps that allow this
  /// program to write.
  /// - Returns: number of applied steps.
  @discardableResult
  package func check(_ connection: Connection, ledger: String) throws -> Int {
    let applied = try Self.appliedSteps(connection)
    let known = migrations.count
    for (index, step) in applied.enumerated() {
      guard step.version == index + 1 else {
        throw LedgerError(
          .schemaUnknown, ledger: ledger,
          problem: "migration \(index + 1) is missing from the ledger's record",
          remedy: "restore a backup")
      }
      // Only an unknown program can have recorded a step past the last one of `migration` in that table.
      let isForeign = step.oldestWriter == nil && step.version > Migration.lastWithoutOldestWriter
      guard index < known, !isForeign else {
        if let oldest = step.oldestWriter, oldest <= known { continue }
        throw LedgerError(
          .schemaUnknown, ledger: ledger,
          problem:
            "the schema is newer (step \(step.version), \(step.name)) than this program (step \(known))",
          remedy: step.oldestWriter.map { "use a program that knows step \($0)" } ?? "use the newer program")
      }
      guard step.checksum == Self.checksum(of: migrations[index]) else {
        throw LedgerError(
          .schemaUnknown, ledger: ledger,
          problem:
            "migration \(step.version) (\(step.name)) was applied with a different text than this program has",
          remedy: "use the program that wrote the ledger; a released migration must not be edited")
      }
    }
    return applied.count
  }

  /// Applies the missing steps.
  package func migrate(_ connection: Connection, ledger: String, now: Timestamp) throws {
    let done = try check(connection, ledger: ledger)
    for migration in migrations.dropFirst(done) {
      try connection.transaction { () throws(SQLiteError) in
        try connection.execute(migration.sql)
        try record(migration, at: now, connection)
      }
    }
  }

  private func record(_ migration: Migration, at now: Timestamp, _ connection: Connection) throws(SQLiteError)
  {
    let isFirst = migration.version <= Migration.lastWithoutOldestWriter
    let insert = try connection.prepare(
      isFirst
        ? "INSERT INTO migration (version, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)"
        : "INSERT INTO migration_step (version, name, checksum, applied_at, oldest_writer) VALUES (?1, ?2, ?3, ?4, ?5)"
    )
    insert.bind(1, migration.version)
    insert.bind(2, migration.name)
    insert.bind(3, Self.checksum(of: migration))
    insert.bind(4, now.microseconds)
    if !isFirst { insert.bind(5, migration.oldestWriter) }
    _ = try insert.step()
  }

  /// Returns the number of steps that the ledger records, known to this program or not.
  static func appliedCount(_ connection: Connection) throws(SQLiteError) -> Int {
    try appliedSteps(connection).count
  }

  private static func appliedSteps(_ connection: Connection) throws(SQLiteError) -> [Applied] {
    let tables = try connection.rows(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('migration', 'migration_step')"
    ) { $0.text("name") }
    guard tables.contains("migration") else { return [] }
    let first = try connection.rows("SELECT version, name, checksum FROM migration ORDER BY version") {
      Applied(
        version: Int($0.integer("version")), name: $0.text("name"), checksum: $0.text("checksum"),
        oldestWriter: nil)
    }
    guard tables.contains("migration_step") else { return first }
    return first
      + (try connection.rows(
        "SELECT version, name, checksum, oldest_writer FROM migration_step ORDER BY version"
      ) {
        Applied(
          version: Int($0.integer("version")), name: $0.text("name"), checksum: $0.text("checksum"),
          oldestWriter: Int($0.integer("oldest_writer")))
      })
  }

  /// Computes FNV-1a of the text. It protects against mistakes, not against malice.
  static func checksum(of migration: Migration) -> String {
    var hash = FNV1a()
    hash.combine(migration.sql.utf8)
    return hash.hexadecimal
  }
}
