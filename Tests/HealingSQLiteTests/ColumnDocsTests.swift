import Foundation
import Healing
import HealingMigrations
import HealingSQLite
import HealingTestSupport
import Testing

/// The columns that `docs/schema.md` and `docs/metadata.yaml` describe are the columns of a fresh ledger.
@Suite struct ColumnDocsTests {
  let folder: TemporaryFolder
  let connection: Connection

  init() throws {
    folder = try TemporaryFolder()
    connection = try Connection(path: folder.path(), mode: .readWriteCreate)
    try Migrator(migrations: Migration.all).migrate(connection, ledger: "x", now: Timestamp(microseconds: 0))
  }

  @Test func `the schema's page describes every column of each view, in order, and no other`() throws {
    let documented = try Self.documentedTables()
    let views = try connection.rows("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name") {
      $0.text(0)
    }
    #expect(!views.isEmpty)
    for view in views { #expect(documented.keys.contains(view), "schema.md has no columns of \(view)") }
    for (table, columns) in documented {
      let names = try columnNames(of: table)
      #expect(columns.map(\.name) == names, "\(table)")
    }
  }

  @Test func `the metadata for Datasette has the tables, columns and descriptions of the schema's page`()
    throws
  {
    let documented = try Self.documentedTables()
    var described: [String: [String]] = [:]
    for entry in try Self.metadata() {
      let path = entry.path
      guard path.starts(with: ["databases", "healing", "tables"]), path.count > 3 else { continue }
      let table = path[3]
      let names = try columnNames(of: table)
      #expect(!names.isEmpty, "no table or view \(table)")
      if path.count == 6, path[4] == "columns" {
        let name = path[5]
        #expect(names.contains(name), "\(table) has no column \(name)")
        let column = documented[table]?.first { $0.name == name }
        #expect(entry.text == column?.description, "\(table).\(name)")
        described[table, default: []].append(name)
      } else if path.count == 5, ["sort", "sort_desc", "label_column"].contains(path[4]) {
        #expect(names.contains(entry.text), "\(table) has no column \(entry.text)")
      }
    }
    let expected = documented.mapValues { $0.map(\.name) }
    #expect(described == expected)
  }

  @Test func `the queries of the metadata for Datasette run on a fresh ledger`() throws {
    let queries = try Self.metadata().filter {
      $0.path.starts(with: ["databases", "healing", "queries"]) && $0.path.last == "sql"
    }
    #expect(!queries.isEmpty)
    for query in queries {
      let statement = try connection.prepare(query.text)
      #expect(!statement.columnNames.isEmpty, "\(query.path)")
      _ = try statement.step()
    }
  }

  // MARK: Reading the files

  private static let docs = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs")

  private static func lines(of file: String) throws -> [String] {
    try String(contentsOf: docs.appendingPathComponent(file), encoding: .utf8).components(separatedBy: "\n")
  }

  /// A row of a table of columns.
  private struct Column {
    let name: String
    /// Type and meaning, as `metadata.yaml` has them.
    let description: String
  }

  /// The tables of columns of `schema.md`, each under a heading that is its name in backquotes.
  private static func documentedTables() throws -> [String: [Column]] {
    var tables: [String: [Column]] = [:]
    var table: String?
    for line in try lines(of: "schema.md") {
      if line.hasPrefix("#") {
        table = nil
        guard line.hasPrefix("### `"), line.hasSuffix("`") else { continue }
        let name = String(line.dropFirst(5).dropLast())
        #expect(!tables.keys.contains(name), "\(name) has two headings")
        tables[name] = []
        table = name
      } else if let table, line.hasPrefix("| `") {
        let cells = line.replacingOccurrences(of: "`", with: "").split(separator: "|").map {
          $0.trimmingCharacters(in: .whitespaces)
        }
        try #require(cells.count == 3, "\(line)")
        tables[table]?.append(Column(name: cells[0], description: "\(cells[1]): \(cells[2])"))
      }
    }
    return tables
  }

  /// A key of `metadata.yaml` with the keys around it, outermost first, and its text.
  private struct Entry {
    let path: [String]
    var text: String
  }

  /// Reads the YAML that the file uses: a key a line, texts plain or in single quotes, blocks after `|-`.
  private static func metadata() throws -> [Entry] {
    var entries: [Entry] = []
    var keys: [(indent: Int, name: String)] = []
    // Indentation of the key whose block continues.
    var block: Int?
    for line in try lines(of: "metadata.yaml") {
      let indent = line.prefix { $0 == " " }.count
      let text = line.trimmingCharacters(in: .whitespaces)
      if text.isEmpty { continue }
      if let start = block, indent > start {
        entries[entries.count - 1].text += line + "\n"
        continue
      }
      block = nil
      if text.hasPrefix("#") { continue }
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      try #require(parts.count == 2, "\(line)")
      keys.removeAll { $0.indent >= indent }
      keys.append((indent: indent, name: String(parts[0])))
      var value = parts[1].trimmingCharacters(in: .whitespaces)
      if value == "|-" {
        block = indent
        value = ""
      } else if value.hasPrefix("'") {
        value = String(value.dropFirst().dropLast()).replacingOccurrences(of: "''", with: "'")
      }
      entries.append(Entry(path: keys.map { $0.name }, text: value))
    }
    return entries
  }

  private func columnNames(of table: String) throws -> [String] {
    try connection.rows("SELECT name FROM pragma_table_info('\(table)') ORDER BY cid") { $0.text(0) }
  }
}
