/// One step of the ledger's schema, as embedded in the binary.
package struct Migration: Sendable {
  /// Position in the sequence, from 1 without holes.
  package let version: Int
  /// What the step is about, from the file's name.
  package let name: String
  /// The SQL text, byte for byte as in the file.
  package let sql: String
  /// The last step that a program must know in order to write a ledger that has this one. A program that knows
  /// fewer refuses the ledger.
  package let oldestWriter: Int

  /// The last step recorded in the table `migration`. Later ones are recorded in `migration_step`, with their oldest writer.
  package static let lastWithoutOldestWriter = 3

  package init(version: Int, name: String, sql: String, oldestWriter: Int = 3) {
    self.version = version
    self.name = name
    self.sql = sql
    self.oldestWriter = oldestWriter
  }

  /// All steps in order. A new step is a new file, listed here and in Package.swift; a step that
  /// has been released is never edited, because ledgers remember its checksum.
  package static let all: [Migration] = [
    Migration(
      version: 1, name: "initial",
      sql: String(decoding: PackageResources.V0001__initial_sql, as: UTF8.self)),
    Migration(
      version: 2, name: "feed", sql: String(decoding: PackageResources.V0002__feed_sql, as: UTF8.self)),
    Migration(
      version: 3, name: "rate_window",
      sql: String(decoding: PackageResources.V0003__rate_window_sql, as: UTF8.self)),
    Migration(
      version: 4, name: "writers",
      sql: String(decoding: PackageResources.V0004__writers_sql, as: UTF8.self)),
    Migration(
      version: 5, name: "forget", sql: String(decoding: PackageResources.V0005__forget_sql, as: UTF8.self)),
    Migration(
      version: 6, name: "indexes",
      sql: String(decoding: PackageResources.V0006__indexes_sql, as: UTF8.self)),
    Migration(
      version: 7, name: "override_version",
      sql: String(decoding: PackageResources.V0007__override_version_sql, as: UTF8.self)),
    Migration(
      version: 8, name: "forgetting",
      sql: String(decoding: PackageResources.V0008__forgetting_sql, as: UTF8.self)),
    Migration(
      version: 9, name: "alert_kinds",
      sql: String(decoding: PackageResources.V0009__alert_kinds_sql, as: UTF8.self)),
    Migration(
      version: 10, name: "outcomes",
      sql: String(decoding: PackageResources.V0010__outcomes_sql, as: UTF8.self)),
    Migration(
      version: 11, name: "retention",
      sql: String(decoding: PackageResources.V0011__retention_sql, as: UTF8.self)),
    Migration(
      version: 12, name: "reads", sql: String(decoding: PackageResources.V0012__reads_sql, as: UTF8.self)),
    Migration(
      version: 13, name: "transfer",
      sql: String(decoding: PackageResources.V0013__transfer_sql, as: UTF8.self)),
    Migration(
      version: 14, name: "accounting",
      sql: String(decoding: PackageResources.V0014__accounting_sql, as: UTF8.self)),
    Migration(
      version: 15, name: "fingerprints",
      sql: String(decoding: PackageResources.V0015__fingerprints_sql, as: UTF8.self)),
    Migration(
      version: 16, name: "incidents",
      sql: String(decoding: PackageResources.V0016__incidents_sql, as: UTF8.self)),
  ]
}
