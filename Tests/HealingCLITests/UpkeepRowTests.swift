import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// What commands record of themselves in `upkeep`.
@Suite(.serialized) struct UpkeepRowTests {
  private let folder: TemporaryFolder
  private let path: String

  init() async throws {
    folder = try TemporaryFolder()
    path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    ledger.record(.component("api"))
    try await ledger.close()
  }

  /// Expects the last row's kind, outcome and reason to begin with a text.
  private func expectLastRow(_ start: String) throws {
    let row =
      try Connection(path: path, mode: .readOnly).text(
        """
        SELECT kind || ' ' || outcome || ': ' || coalesce(json_extract(figures, '$.problem'), '') FROM v_upkeep
        ORDER BY id DESC LIMIT 1
        """) ?? "none"
    #expect(row.hasPrefix(start), "\(row)")
  }

  @Test func `a failed command is a row with its reason`() async throws {
    let taken = folder.path("taken.db")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: taken))
    #expect(try await Program.run("backup", taken, "--ledger", path).code == 3)
    try expectLastRow("backup failed: \(taken): ")

    let ledger = try SQLiteLedger(path: path)
    #expect(try await Program.run("compact", "--ledger", path).code == 3)
    try expectLastRow("compact failed: \(path): other programs have")
    #expect(try await Program.run("restore", path, "--ledger", path, "--replace").code != 0)
    try expectLastRow("restore failed: ")
    try await ledger.close()

    #expect(try await Program.run("merge", path, "--ledger", path).code == 1)
    try expectLastRow("merge failed: \(path): the ledger is ")
    #expect(try await Program.run("ingest", folder.url.path, "--ledger", path).code == 1)
    try expectLastRow("ingest failed: \(folder.url.path) cannot be read: Is a directory")
    // A use that is not allowed is no row.
    #expect(try await Program.run("backup", "--ledger", path).code == 2)
    try expectLastRow("ingest failed")
    #expect(try await Program.run("check", "--ledger", path).code == 0)
    try expectLastRow("check ok: ")
  }
}
