import CHealingSQLite
import Healing

/// A fixed amount of work through SQLite's C API, in memory. Its time shows at which of its speeds the machine runs, and
/// what other programs leave of it. A goal in milliseconds is for a machine that needs ``nominal``; on a slower one the
/// harness multiplies the goal by ``slowness(_:)``.
final class ReferenceLoop {
  /// Milliseconds on the machine of docs/benchmarks.md at its higher speed.
  static let nominal = 0.65

  // Owned: opened in init, closed in deinit, never handed out.
  private let handle: OpaquePointer
  private let select: OpaquePointer
  private static let rows: Int64 = 5_000

  init() throws {
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(
      ":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let opened else { throw Unexpected("the reference loop cannot start: \(code)") }
    let made = sqlite3_exec(
      opened,
      """
      CREATE TABLE t (id INTEGER PRIMARY KEY, at INTEGER, message TEXT);
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(Self.rows))
      INSERT INTO t SELECT i, i * 7919 % 10007, 'connection refused by host ' || i % 50 FROM n;
      """, nil, nil, nil)
    var statement: OpaquePointer?
    let prepared = sqlite3_prepare_v2(
      opened, "SELECT id, at, message FROM t WHERE at >= 0", -1, &statement, nil)
    guard made == SQLITE_OK, prepared == SQLITE_OK, let statement else {
      sqlite3_close_v2(opened)
      throw Unexpected("the reference loop cannot start: \(made), \(prepared)")
    }
    (handle, select) = (opened, statement)
  }

  deinit {
    sqlite3_finalize(select)
    sqlite3_close_v2(handle)
  }

  /// Reads all rows and their values.
  /// - Returns: milliseconds.
  func run() throws -> Double {
    let time = SystemTimeSource()
    let start = time.monotonicNanoseconds()
    var (rows, sum): (Int64, Int64) = (0, 0)
    while sqlite3_step(select) == SQLITE_ROW {
      rows += 1
      sum &+= sqlite3_column_int64(select, 0) &+ sqlite3_column_int64(select, 1)
      if let text = sqlite3_column_text(select, 2) {
        for index in 0..<Int(sqlite3_column_bytes(select, 2)) { sum &+= Int64(text[index]) }
      }
    }
    sqlite3_reset(select)
    consume(sum)
    guard rows == Self.rows else { throw Unexpected("the reference loop read \(rows) rows") }
    return Double(time.monotonicNanoseconds() - start) / 1e6
  }

  /// How many times slower than ``nominal`` the machine is; at least 1.
  static func slowness(_ milliseconds: [Double]) -> Double {
    max(1, Spread(milliseconds).median / nominal)
  }

  /// The line of the table that shows the machine's speed during a scenario.
  static func figure(_ scenario: String, _ milliseconds: [Double]) -> Figure {
    var figure = Figure(
      scenario: scenario, what: "reference loop, \(nominal) at full speed", unit: "ms",
      spread: Spread(milliseconds))
    figure.reference = "full speed"
    figure.ratio = figure.spread.median / nominal
    return figure
  }
}
