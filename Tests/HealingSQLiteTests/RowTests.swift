import HealingSQLite
import HealingTestSupport
import Testing

@Suite struct RowTests {
  private let folder: TemporaryFolder
  private let connection: Connection

  init() throws {
    folder = try TemporaryFolder()
    connection = try Connection(path: folder.path(), mode: .readWriteCreate)
  }

  @Test(arguments: ["SELECT 7 AS total, 'a' AS name", "SELECT 'a' AS name, 0 AS added, 7 AS total"])
  func `values are read by the names of their columns, whatever their order`(sql: String) throws {
    let rows = try connection.rows("\(sql) UNION ALL \(sql)") { ($0.text("name"), $0.integer("total")) }
    #expect(rows.map(\.0) == ["a", "a"])
    #expect(rows.map(\.1) == [7, 7])
  }

  @Test func `a missing column is an error that names the statement and the column`() throws {
    let error = #expect(throws: SQLiteError.self) {
      try connection.rows("SELECT 7 AS total") { ($0.integer("total"), $0.optionalText("totals")) }
    }
    #expect(error?.description == "SQLite 1 (the result has no column totals) in: SELECT 7 AS total")
    #expect(try connection.rows("SELECT 8 AS total") { $0.integer("total") } == [8])
  }
}
