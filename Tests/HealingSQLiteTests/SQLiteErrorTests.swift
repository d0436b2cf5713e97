import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// The detector's verdicts on SQLite's own errors, each produced by SQLite.
@Suite struct SQLiteErrorTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func verdict(of work: () throws -> Void) -> ErrorClassification? {
    do {
      try work()
      return nil
    } catch {
      return ErrorDetector().classify(error)
    }
  }

  @Test func `a locked database is transient; a broken constraint and bad SQL are not`() throws {
    let a = try Connection(path: folder.path(), mode: .readWriteCreate)
    let b = try Connection(path: folder.path(), mode: .readWrite)
    try b.execute("PRAGMA busy_timeout = 0")
    try a.execute("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1); BEGIN IMMEDIATE")
    let locked = verdict { try b.execute("BEGIN IMMEDIATE") }
    #expect(locked?.category == .database && locked?.isTransient == true && locked?.rule == "self")
    let constraint = verdict { try a.execute("INSERT INTO t VALUES (1)") }
    #expect(constraint?.category == .database && constraint?.isTransient == false)
    let syntax = verdict { try a.execute("SELEC 1") }
    #expect(syntax?.category == .database && syntax?.isTransient == false)
    let missing = verdict { _ = try Connection(path: folder.path("none/x"), mode: .readWrite) }
    #expect(missing?.category == .resource)
  }

  @Test func `a file that is not a database is critical`() throws {
    let path = folder.path("text")
    try Data(String(repeating: "no database. ", count: 100).utf8).write(to: URL(fileURLWithPath: path))
    let verdict = verdict {
      try Connection(path: path, mode: .readWrite).execute("SELECT * FROM sqlite_schema")
    }
    #expect(verdict?.category == .database && verdict?.severity == .critical && verdict?.shouldRetry == false)
  }
}
