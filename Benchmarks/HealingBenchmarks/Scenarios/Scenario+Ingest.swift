import Foundation
import Healing
import HealingSQLite
import HealingTestSupport

extension Scenario {
  /// `healing ingest` of calls as NDJSON: how many lines a second it parses, checks, deduplicates, stores and sums up. The
  /// references read the same lines with Foundation's parser, and store them with SQLite's own JSON functions.
  static let ingest = Scenario("ingest") { bench in
    let lines = bench.share(500_000, quick: 2_000)
    let file = bench.path("calls.ndjson")
    try writeCalls(lines, to: file)
    let loop = try ReferenceLoop()
    var speeds: [Double] = []
    var (parsed, raw, ingested): ([Double], [Double], [Double]) = ([], [], [])
    let rounds = bench.share(3, quick: 1)
    for round in 0..<rounds {
      let ledger = bench.path("ingest-\(round).db")
      let other = bench.path("ingest-raw-\(round).db")
      for _ in 0..<bench.share(21, quick: 1) { speeds.append(try loop.run()) }
      parsed.append(Double(lines) / (try await bench.nanoseconds { try parse(file, lines) }) * 1e9)
      raw.append(
        Double(lines) / (try await bench.nanoseconds { try importRaw(file, into: other, lines) }) * 1e9)
      let time = try await bench.nanoseconds {
        let (code, output, errors) = try await ChildProcess.run(
          "healing", ["ingest", file, "--ledger", ledger])
        guard code == 0, output.hasPrefix("\(lines) lines: \(lines) stored") else {
          throw Unexpected("healing ingest ended with \(code): \(output)\(errors)")
        }
      }
      ingested.append(Double(lines) / time * 1e9)
      let counted = try await LedgerLoad.countedCalls(try SQLiteLedgerReader(path: ledger))
      guard counted == Int64(lines) else {
        throw Unexpected("the ledger counts \(counted) calls of \(lines)")
      }
      for path in [ledger, other] {
        for end in ["", "-wal", "-shm", "-lock"] { try? FileManager.default.removeItem(atPath: path + end) }
      }
    }
    try? FileManager.default.removeItem(atPath: file)
    func figure(_ what: String, _ values: [Double]) -> Figure {
      Figure(scenario: "ingest", what: what, unit: "lines/s", spread: Spread(values))
    }
    var own = figure("healing ingest, \(lines.formatted()) calls", ingested)
    own.reference = "SQLite's JSON functions"
    own.ratio = Spread(zip(ingested, raw).map { $0 / $1 }).median
    own.slowness = ReferenceLoop.slowness(speeds)
    own.budgets = [.atLeast(100_000)]
    return [
      ReferenceLoop.figure("ingest", speeds),
      figure("parsed only, with JSONSerialization", parsed),
      figure("a row a line, with SQLite's JSON functions", raw), own,
    ]
  }

  /// Calls that another program might have logged, 1,000 a second on 20 components.
  private static func writeCalls(_ lines: Int, to path: String) throws {
    var text = ""
    text.reserveCapacity(lines * 160)
    for line in 0..<lines {
      let at = Timestamp(microseconds: LedgerBuilder.end + Int64(line) * 1_000).iso8601
      text += #"{"at":"\#(at)","component":"component-\#(line % 20)","operation":"generate","ok":true,"#
      text += #""duration_ms":\#(line % 400).\#(line % 10),"request_id":"r-\#(line)"}"# + "\n"
    }
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  /// Reads and parses every line.
  private static func parse(_ path: String, _ lines: Int) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    var count = 0
    for line in data.split(separator: UInt8(ascii: "\n")) {
      guard let event = try JSONSerialization.jsonObject(with: line) as? [String: Any], event["ok"] != nil
      else { throw Unexpected("a line is no event") }
      count += 1
    }
    guard count == lines else { throw Unexpected("parsed \(count) lines of \(lines)") }
  }

  /// Stores every line as a row, 10,000 in a transaction, with a table for repeated ones.
  private static func importRaw(_ path: String, into target: String, _ lines: Int) throws {
    let connection = try Connection(path: target, mode: .readWriteCreate)
    try connection.execute(
      """
      PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE call (id INTEGER PRIMARY KEY, at INTEGER, component TEXT, operation TEXT, ok INTEGER,
        duration_us INTEGER, request_id TEXT);
      """)
    let insert = try connection.prepare(
      """
      INSERT INTO call
      SELECT ?1, unixepoch(j ->> 'at') * 1000000, j ->> 'component', j ->> 'operation', j ->> 'ok',
        (j ->> 'duration_ms') * 1000, j ->> 'request_id'
      FROM (SELECT ?2 AS j) WHERE json_valid(j)
      """, persistent: true)
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    var count: Int64 = 0
    for line in data.split(separator: UInt8(ascii: "\n")) {
      if count % 10_000 == 0 { try connection.execute(count == 0 ? "BEGIN" : "COMMIT; BEGIN") }
      count += 1
      insert.bind(1, count)
      insert.bind(2, String(decoding: line, as: UTF8.self))
      try insert.runAndReset()
    }
    try connection.execute("COMMIT")
    guard try connection.integer("SELECT count(*) FROM call") == Int64(lines) else {
      throw Unexpected("stored \(count) lines of \(lines)")
    }
  }
}
