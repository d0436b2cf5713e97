import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@testable import HealingCLI

@Suite(.serialized) struct IngestTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path() }

  init() throws { folder = try TemporaryFolder() }

  private func ingest(_ input: String, into path: String? = nil) async throws -> (
    code: Int32, output: String, errors: String
  ) {
    let file = folder.path("input.ndjson")
    try Data(input.utf8).write(to: URL(fileURLWithPath: file))
    return try await Program.run("ingest", file, "--ledger", path ?? self.path)
  }

  /// The ranges of reports have fixed ends: a report that runs a minute later must cover the same rows.
  private static let start = SystemTimeSource().wallClock()

  /// Every report and every total of a ledger, without what names the ledger.
  static func totals(of path: String) async throws -> String {
    let (since, until) = ((start + .seconds(-7_200)).iso8601, (start + .seconds(-1_800)).iso8601)
    var text = ""
    for report in ["overall", "by-action", "by-component", "recent"] {
      for range in [[], ["--since", since], ["--until", until]] {
        let result = try await ChildProcess.run(
          "healing",
          ["report", report, "--format", "json", "--ledger", path] + range
            + (report == "recent" ? ["--limit", "1000"] : []))
        #expect(result.code == 0, "\(result.errors)")
        text += "\(report) \(range)\n\(result.output)\n"
      }
    }
    let reader = try SQLiteLedgerReader(path: path)
    text += "\(try await reader.samples.rates(.all, component: nil))\n"
    text += "\(try await reader.rejections.byOperation(.all, component: nil))\n"
    let connection = try Connection(path: path, mode: .readOnly)
    for table in ["recovery_rollup", "sample_rollup", "outcome_rollup", "rejection_rollup"] {
      let columns = try connection.rows("SELECT name FROM pragma_table_info('\(table)')") { $0.text(0) }
        .filter { $0 != "component_id" }
      text += try connection.rows(
        "SELECT c.name || '|' || concat_list FROM (SELECT component_id, "
          + columns.map { "t.\($0)" }.joined(separator: " || '|' || ") + " AS concat_list FROM \(table) t) x "
          + "JOIN component c ON c.id = x.component_id ORDER BY 1"
      ) { $0.text(0) }.joined(separator: "\n")
    }
    return text
  }

  private func expectSound(_ path: String) async throws {
    let check = try await Program.run("check", "--ledger", path)
    #expect(check.code == 0, "\(check.output)\(check.errors)")
  }

  @Test func `an exported ledger that is ingested gives the same rows and totals in every report`()
    async throws
  {
    let original = folder.path("original.db")
    let ledger = try SQLiteLedger(path: original)
    try await GeneratedLedger.fill(ledger)
    try await ledger.close()
    let export = try await Program.run("export", "--ledger", original)
    let lines = export.output.split(separator: "\n").count
    // Totals that the rows before them may have completed.
    let totals = export.output.split(separator: "\n").count {
      $0.contains(#""pruned":false"#) || $0.contains(#""table":"longest_recoveries""#)
    }
    for round in 1...2 {
      let result = try await ingest(export.output)
      #expect(result.code == 0 && result.errors.isEmpty, "\(result.errors)")
      let stored = result.output.split(separator: " ").dropFirst(2).first.flatMap { Int($0) } ?? -1
      #expect((round == 1 ? lines - totals...lines : 0...0).contains(stored), "\(result.output)")
      #expect(
        result.output.hasPrefix("\(lines) lines: \(stored) stored, \(lines - stored) already"),
        "\(result.output)")
      #expect(try await Self.totals(of: path) == Self.totals(of: original))
      try await expectSound(path)
      // The copy exports the same rows.
      let copy = try await Program.run("export", "--ledger", path)
      func rows(_ text: String) -> [String] {
        // The copy has rows of another ledger.
        text.split(separator: "\n").filter { !$0.contains(#""table":"ledgers""#) }
          .map { String($0).replacing(/"ledger":"[0-9a-f]+",/, with: "") }.sorted()
      }
      #expect(rows(copy.output) == rows(export.output))
    }
  }

  @Test func `events are classified, redacted and counted as calls`() async throws {
    let result = try await ingest(
      """
      {"at":"2026-01-31T12:00:00Z","component":"db","operation":"get","ok":true,"duration_ms":12.5}
      {"at":"2026-01-31T12:00:01.25+01:00","component":"db","operation":"get","ok":false,"duration_ms":3,"error":{"type":"E","message":"connection refused for password=hunter2","code":null},"request_id":"r-1","user_id":"u"}

      {"component":"d\\u0062","at":"2026-01-31T12:00:02Z","ok":false,"error":"email is required"}
        { "at" : "2026-01-31T12:00:03Z" , "component" : "api" , "ok" : false , "id" : 7 }\r
      """)
    #expect(
      result.code == 0 && result.output == "4 lines: 4 stored, 0 already in the ledger, 0 invalid\n",
      "\(result)")
    let reader = try SQLiteLedgerReader(path: path)
    let errors = try await reader.errors.recent(component: nil, limit: 9)
    #expect(errors.map(\.category) == [.network, .validation])
    #expect(errors[0].message == "connection refused for password=[redacted]" && errors[0].type == "E")
    #expect(errors[0].requestID == "r-1" && errors[0].userID == "u" && errors[0].operation == "get")
    #expect(errors[0].at.iso8601 == "2026-01-31T11:00:01.250000Z")
    let rates = try await reader.samples.rates(.all, component: "db")
    #expect(
      rates.first?.totalRequests == 2 && rates.first?.failedRequests == 1 && rates.first?.callerErrors == 1)
    #expect(rates.first?.avgResponseTimeMs == 7.75)
    let executions = try await reader.recoveries.statistics(.all, component: nil).executions
    #expect(executions.executions == 3 && executions.lost == 2)
    try await expectSound(path)
  }

  @Test func `an event is stored once`() async throws {
    func event(_ id: String, ok: Bool = true, at: String = "2026-01-31T12:00:00Z") -> String {
      #"{"at":"\#(at)","component":"db","ok":\#(ok)\#(id.isEmpty ? "" : #","id":"\#(id)""#)}"# + "\n"
    }
    // Without an id, equal lines are different events.
    let first = try await ingest(event("a") + event("b") + event("a", ok: false) + event("") + event(""))
    #expect(first.output == "5 lines: 4 stored, 1 already in the ledger, 0 invalid\n")
    let second = try await ingest(event("b") + event("c") + event("a") + event("") + event(""))
    #expect(second.output == "5 lines: 1 stored, 4 already in the ledger, 0 invalid\n")
    // Thousands of events in a millisecond: the bits of the hash in an id are too few to distinguish them.
    let many = (0..<6_000).map { event("e-\($0)") }.joined()
    #expect(try await ingest(many).output == "6000 lines: 6000 stored, 0 already in the ledger, 0 invalid\n")
    #expect(try await ingest(many).output == "6000 lines: 0 stored, 6000 already in the ledger, 0 invalid\n")
    #expect(
      try await SQLiteLedgerReader(path: path).samples.rates(.all, component: "db").first?.totalRequests
        == 6_005)
    try await expectSound(path)
  }

  @Test(arguments: [
    ("text", "is not a JSON object"), ("{\"at\":1}", "at must be an ISO-8601 time with its zone"),
    ("{\"at\":\"2026-01-31T12:00:00\"}", "at must be an ISO-8601 time with its zone"),
    ("{\"at\":\"2026-02-30T12:00:00Z\"}", "at must be"),
    ("{\"at\":\"2126-01-31T12:00:00Z\"}", "more than a day in the future"),
    ("{\"at\":\"1966-01-31T12:00:00Z\"}", "before 1970"),
    ("{\"at\":\"2026-01-31T12:00:00Z\"}", "component must be a string"),
    ("{\"at\":\"2026-01-31T12:00:00Z\",\"component\":\"a b\"}", "component: "),
    ("{\"at\":\"2026-01-31T12:00:00Z\",\"component\":\"a\"}", "ok must be true or false"),
    (
      "{\"at\":\"2026-01-31T12:00:00Z\",\"component\":\"a\",\"ok\":true,\"duration_ms\":-1}",
      "duration_ms must be 0 to"
    ),
    (
      "{\"at\":\"2026-01-31T12:00:00Z\",\"component\":\"a\",\"ok\":true,\"duration_ms\":-0.5}",
      "duration_ms must be 0 to"
    ),
    (
      "{\"at\":\"2026-01-31T12:00:00Z\",\"component\":\"a\",\"ok\":true,\"error\":\"x\"}",
      "has ok true and an error"
    ),
    (
      "{\"at\":\"2026-01-31T12:00:00Z\",\"component\":\"a\",\"ok\":false,\"error\":{}}",
      "error must be an object with"
    ),
    ("{\"ok\":true,\"ok\":true}", "has \"ok\" twice"), ("{\"ok\":01}", "is not a JSON object"),
    ("{\"ok\":true} x", "is not a JSON"),
    ("{\"ok\":\"a\u{7}\"}", "has a control character"),
    ("{\"a\":" + String(repeating: "[", count: 99) + "}", "is not a JSON"),
    (
      "{\"a\":" + String(repeating: "[", count: 99) + String(repeating: "]", count: 99) + "}",
      "is nested more than 32 deep"
    ),
    (String(repeating: "x", count: 1_100_000), "is longer than 1048576 bytes"),
    (
      "{\"at\":\"2026-01-31T12:00:00Z\",\"component\":\"a\",\"ok\":true,\"duraton_ms\":1}",
      "\"duraton_ms\" is not a known field; did you mean \"duration_ms\"?"
    ),
    (
      "{\"at\":\"2026-01-31T12:00:00Z\",\"componnet\":\"a\",\"ok\":true}",
      "\"componnet\" is not a known field; did you mean \"component\"?"
    ),
    (
      "{\"at\":\"2026-01-31T12:00:00Z\",\"component\":\"a\",\"ok\":true,\"foo\":1}",
      "\"foo\" is not a known field; known fields: at, component, operation, ok"
    ),
    (
      "{\"at\":\"2026-01-31T12:00:00Z\",\"component\":\"a\",\"ok\":false,\"error\":{\"mesage\":\"x\"}}",
      "error: \"mesage\" is not a known field; did you mean \"message\"?"
    ),
    (
      "{\"table\":\"gaps\",\"id\":\"1\",\"timestamp\":\"2026-01-31T12:00:00Z\",\"component\":null,\"kind\":\"x\","
        + "\"events\":1,\"evnts\":1}", "\"evnts\" is not a known field; did you mean \"events\"?"
    ),
    ("{\"table\":\"eror\"}", "has the unknown table \"eror\""), ("{\"table\":\"samples\"}", "has no \"id\""),
    ("{\"table\":\"gaps\",\"id\":\"x\"}", "id must be a ledger id"),
    (
      "{\"table\":\"outcomes\",\"minute\":\"2026-01-31T12:00:00Z\",\"component\":\"a\",\"attempts\":1,\"extra_attempts\":0,"
        + "\"rejected\":0,\"saved\":0,\"degraded\":0,\"undone\":0,\"lost\":0,\"interrupted\":0}",
      "has no \"ledger\""
    ),
    (
      "{\"table\":\"gaps\",\"id\":\"9223372036854775807\",\"timestamp\":\"2026-01-31T12:00:00Z\",\"component\":null,"
        + "\"kind\":\"x\",\"events\":1}", "has an id that no ledger gives"
    ),
    (
      "{\"table\":\"gaps\",\"id\":\"1\",\"timestamp\":\"2026-01-31T12:00:00Z\",\"component\":null,\"kind\":\"x\",\"events\":0}",
      "is refused: CHECK constraint failed"
    ),
  ])
  func `an invalid line is reported with its number and skipped`(line: String, problem: String) async throws {
    let good = #"{"at":"2026-01-31T12:00:00Z","component":"db","ok":true}"#
    let result = try await ingest("\(good)\n\n\(line)\r\n\(good)")
    #expect(
      result.code == 1 && result.output.contains("3 lines: 2 stored, 0 already in the ledger, 1 invalid"),
      "\(result)")
    #expect(
      result.errors.hasPrefix("healing: line 3 of ") && result.errors.contains(problem), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    try await expectSound(path)
  }

  /// A row of an export with one call.
  static func sample(
    id: String = "1", at: String = "2026-01-31T12:00:00Z", component: String = "a",
    rejectedByCircuit: Int = 0, successes: Int = 1, histogram: String = "null",
    longest: Double = 1
  ) -> String {
    #"{"table":"samples","id":"\#(id)","timestamp":"\#(at)","component":"\#(component)","epoch":0,"successes":\#(successes),"#
      + #""failures":0,"rejected":0,"rejected_circuit":\#(rejectedByCircuit),"rejected_bulkhead":0,"cancelled":0,"#
      + #""caller_errors":0,"stale":0,"duration_sum_ms":\#(max(1, longest > 2 ? longest : 1)),"#
      + #""duration_max_ms":\#(longest),"histogram":\#(histogram)}"#
  }

  private static let recovery =
    #"{"table":"recoveries","id":"1","timestamp":"2026-01-31T12:00:00Z","component":"a","operation":"x","#
    + #""action":"retry","success":true,"outcome":"succeeded","attempts":2,"duration_ms":1e11,"message":"","#
    + #""metadata":{},"occurrences":1}"#

  private static let contradictions: [(line: String, problem: String)] = [
    (sample(rejectedByCircuit: 5), "more calls that the circuit or the bulkhead rejected than rejected ones"),
    (sample(longest: 1e11), "has a duration_max_ms over"),
    (sample(longest: 2), "has a duration_max_ms over its duration_sum_ms"),
    (sample(at: "2126-01-31T12:00:00Z"), "more than a day in the future"),
    (sample(id: "6000000000000000000"), "has an id that a clock more than a day in the future gave"),
    (recovery, "has a duration_ms over"),
    (sample(successes: 5), "has several calls and no histogram"),
    (sample(histogram: "[1,0,0,0,0,0]"), "has a histogram and no more than one call"),
    (sample(successes: 2, histogram: "[2,1,0,0,0,0]"), "has more calls in its histogram than it has calls"),
  ]

  @Test func `rows of an export that contradict themselves or come from the future are refused`() async throws
  {
    let lines = [Self.sample(id: "2")] + Self.contradictions.map(\.line)
    let result = try await ingest(lines.joined(separator: "\n"))
    #expect(
      result.code == 1 && result.output == "10 lines: 1 stored, 0 already in the ledger, 9 invalid\n",
      "\(result)")
    for (index, expected) in Self.contradictions.enumerated() {
      #expect(
        result.errors.split(separator: "\n").contains {
          $0.contains("line \(index + 2) of") && $0.contains(expected.problem)
        }, "\(expected.problem): \(result.errors)")
    }
    try await expectSound(path)
  }

  @Test func `sums that no ledger can have are refused, and the ledger stays sound`() async throws {
    let ledger = String(repeating: "a", count: 32)
    func components() -> String {
      #"{"table":"components","ledger":"\#(ledger)","component":"db","registered_at":"2026-01-01T00:00:00Z","epoch":0,"#
        + #""epoch_started_at":"2026-01-01T00:00:00Z"}"#
    }
    func samples(
      day: String = "2026-01-31", sum: String = "2", longest: String = "1",
      histogram: String = "[2,0,0,0,0,0]"
    ) -> String {
      #"{"table":"sample_sums","ledger":"\#(ledger)","resolution":86400,"bucket":"\#(day)T00:00:00Z","#
        + #""component":"db","epoch":0,"successes":2,"failures":0,"rejected":0,"rejected_circuit":0,"#
        + #""rejected_bulkhead":0,"cancelled":0,"caller_errors":0,"stale":0,"duration_sum_ms":\#(sum),"#
        + #""duration_max_ms":\#(longest),"histogram":\#(histogram),"pruned":true}"#
    }
    func recoveries(day: String = "2026-01-31", sum: String = "2", longest: String = "1") -> String {
      #"{"table":"recovery_sums","ledger":"\#(ledger)","resolution":86400,"bucket":"\#(day)T00:00:00Z","#
        + #""component":"db","action":"retry","total":2,"successful":1,"attempts":4,"duration_sum_ms":\#(sum),"#
        + #""duration_max_ms":\#(longest),"pruned":true}"#
    }
    let tomorrow = String((SystemTimeSource().wallClock() + .seconds(86_400)).iso8601.prefix(10))
    let wrong = [
      (samples(sum: "9000000000000000"), "has a duration_sum_ms over"),
      (samples(longest: "9000000000000000"), "has a duration_max_ms over"),
      (samples(histogram: "[2,1,0,0,0,0]"), "has more calls in its histogram"),
      (samples(day: tomorrow), "says that rows were deleted in a time that has not ended"),
      (recoveries(sum: "9000000000000000"), "has a duration_sum_ms over"),
      (recoveries(longest: "9000000000000000"), "has a duration_max_ms over"),
      (recoveries(day: tomorrow), "says that rows were deleted in a time that has not ended"),
    ]
    let lines = [components(), samples(), recoveries()] + wrong.map(\.0)
    let result = try await ingest(lines.joined(separator: "\n"))
    #expect(
      result.code == 1 && result.output == "10 lines: 3 stored, 0 already in the ledger, 7 invalid\n",
      "\(result)")
    for (index, expected) in wrong.enumerated() {
      #expect(
        result.errors.split(separator: "\n").contains {
          $0.contains("line \(index + 4) of") && $0.contains(expected.1)
        }, "\(expected.1): \(result.errors)")
    }
    try await expectSound(path)
  }

  @Test func `events that differ in time, component or input are different events`() async throws {
    func event(_ second: String, _ component: String = "db", id: String? = "7") -> String {
      #"{"at":"2026-01-31T12:00:\#(second)Z","component":"\#(component)","ok":true\#(id.map { ",\"id\":\"\($0)\"" } ?? "")}"#
    }
    // The same millisecond, and the same time.
    let named = [event("00.000100"), event("00.000900"), event("00.000100", "api"), event("00.000100")]
    let first = try await ingest(named.joined(separator: "\n"))
    #expect(first.output == "4 lines: 3 stored, 1 already in the ledger, 0 invalid\n")
    // Another host's input has some of the same lines at the same places.
    let hosts = ["01", "02"].map { host in
      [event(host, id: nil), event("30", id: nil), event("30", id: nil)].joined(separator: "\n")
    }
    for expected in [3, 0] {
      for host in hosts {
        #expect(
          try await ingest(host).output.hasPrefix("3 lines: \(expected) stored, \(3 - expected) already"))
      }
    }
    // An input that has grown.
    let grown = try await ingest(hosts[0] + "\n" + event("40", id: nil))
    #expect(grown.output == "4 lines: 1 stored, 3 already in the ledger, 0 invalid\n", "\(grown)")
    try await expectSound(path)
  }

  @Test func `many rows with one id are refused instead of being searched for one after another`()
    async throws
  {
    let lines = (0..<400).map { Self.sample(at: "2026-01-31T12:00:00.\(String($0 + 1_000).dropFirst())Z") }
    let result = try await ingest(lines.joined(separator: "\n"))
    #expect(
      result.output == "400 lines: 64 stored, 0 already in the ledger, 336 invalid\n", "\(result.output)")
    #expect(result.errors.contains("line 65 of") && result.errors.contains("that too many other rows have"))
    // Those that are stored are found again.
    let again = try await ingest(lines.prefix(64).joined(separator: "\n"))
    #expect(again.output == "64 lines: 0 stored, 64 already in the ledger, 0 invalid\n", "\(again.output)")
    try await expectSound(path)
  }

  @Test func `references follow an error with a taken id, also when the ingest continues after it`()
    async throws
  {
    func error(_ component: String) -> String {
      #"{"table":"errors","id":"77","timestamp":"2026-01-31T12:00:00Z","component":"\#(component)","operation":"x","#
        + #""execution_id":null,"attempt":1,"category":"api","severity":"low","transient":false,"type":"E","#
        + #""message":"\#(component)","fingerprint":"v2:x","rule":"x","metadata":{},"occurrences":1}"#
    }
    let recovery =
      #"{"table":"recoveries","id":"78","timestamp":"2026-01-31T12:00:00Z","component":"b","operation":"x","#
      + #""error_id":"77","action":"retry","success":true,"outcome":"succeeded","attempts":2,"duration_ms":1,"#
      + #""message":"","metadata":{},"occurrences":1}"#
    #expect(try await ingest(error("a")).code == 0)
    #expect(try await ingest(error("b")).code == 0)
    let continued = try await ingest("\(error("b"))\n\(recovery)")
    #expect(continued.output == "2 lines: 1 stored, 1 already in the ledger, 0 invalid\n", "\(continued)")
    let found = try Connection(path: path, mode: .readOnly).text(
      "SELECT e.message FROM recovery r JOIN error e ON e.id = r.error_id")
    #expect(found == "b")
  }

  @Test func `an older export does not take back how executions ended`() async throws {
    func outcome(attempts: Int, saved: Int, lost: Int) -> String {
      #"{"table":"outcomes","ledger":"\#(String(repeating: "a", count: 32))","minute":"2026-01-31T12:00:00Z","#
        + #""component":"db","attempts":\#(attempts),"extra_attempts":0,"rejected":0,"saved":\#(saved),"degraded":0,"#
        + #""undone":0,"lost":\#(lost),"interrupted":0}"#
    }
    func lost() throws -> Int64? {
      try Connection(path: path, mode: .readOnly).integer(
        "SELECT lost FROM outcome_rollup WHERE resolution = 0")
    }
    #expect(try await ingest(outcome(attempts: 9, saved: 1, lost: 5)).code == 0)
    #expect(try await ingest(outcome(attempts: 4, saved: 1, lost: 2)).output.contains("0 stored, 1 already"))
    #expect(try lost() == 5)
    // A lost execution turned out to be saved.
    #expect(try await ingest(outcome(attempts: 9, saved: 2, lost: 4)).output.contains("1 stored"))
    #expect(try lost() == 4)
    try await expectSound(path)
  }

  @Test func `events of a pipe are stored while it stays open, and while a program writes`() async throws {
    let ledger = try SQLiteLedger(path: path)
    let engine = try await RecoveryEngine(ledger: ledger)
    let child = try ChildProcess("healing", ["ingest", "--ledger", path], takesInput: true)
    for round in 1...5 {
      for index in 0..<200 {
        let line =
          #"{"at":"2026-01-31T12:00:00Z","component":"db","ok":true,"id":"\#(round)-\#(index)"}"# + "\n"
        try child.input?.write(contentsOf: Data(line.utf8))
        _ = try await engine.component("db").execute("get") { 1 }
      }
      let deadline = ContinuousClock.now + .seconds(60)
      var count = 0
      repeat {
        await ledger.settleForReading()
        count = Int(try await ledger.samples.rates(.all, component: "db").first?.totalRequests ?? 0)
      } while count < round * 400 && ContinuousClock.now < deadline
      #expect(count == round * 400)
    }
    try child.input?.close()
    await child.expectEnd()
    #expect(child.lines == ["1000 lines: 1000 stored, 0 already in the ledger, 0 invalid"])
    try await ledger.close()
    try await expectSound(path)
  }

  @Test func `an input that cannot be read is an error`() async throws {
    let missing = try await Program.run("ingest", folder.path("none"), "--ledger", path)
    #expect(
      missing.code == 3 && missing.errors.contains(folder.path("none"))
        && missing.errors.contains("cannot be read: No such file"), "\(missing)")
    let noFile = try await Program.run("ingest", folder.url.path, "--ledger", path)
    #expect(
      noFile.code == 1 && noFile.errors == "healing: \(folder.url.path) cannot be read: Is a directory\n",
      "\(noFile)")
    #expect(try await Program.run("ingest", "a", "b", "--ledger", path).code == 2)
    // Another file than the one that was meant.
    let wrong = try await ingest("[package]\nname = \"shop\"\n")
    #expect(
      wrong.code == 1 && wrong.output == "2 lines: 0 stored, 0 already in the ledger, 2 invalid\n", "\(wrong)"
    )
    for end in ["", "-wal", "-shm", "-lock"] { #expect(!FileManager.default.fileExists(atPath: path + end)) }
    #expect(try await ingest("").code == 0)
    try await expectSound(path)
  }

  @Test func `times are printed and read as the core does`() throws {
    var generator = SystemRandomNumberGenerator()
    let range = Timestamp.readable
    let random = (0..<2_000).map { _ in
      Int64.random(in: range.lowerBound.microseconds...range.upperBound.microseconds, using: &generator)
    }
    for microseconds in random + [
      0, -1, 1, range.lowerBound.microseconds, range.upperBound.microseconds, .min, .max,
    ] {
      let time = Timestamp(microseconds: microseconds)
      var bytes: [UInt8] = []
      ISO8601.append(time, to: &bytes)
      #expect(String(decoding: bytes, as: UTF8.self) == time.iso8601)
      bytes.withUnsafeBufferPointer { #expect(ISO8601.parse($0[...]) == time.clamped) }
    }
    for text in [
      "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:00:00.1234567Z",
      "2026-01-31",
      "2026-01-31T12:00Z", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00-05:30", "1582-01-01T00:00:00Z", "",
      "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "２０26-01-31T12:00:00Z",
    ] {
      let parsed = Array(text.utf8).withUnsafeBufferPointer { ISO8601.parse($0[...]) }
      #expect(parsed == Timestamp(iso8601: text), "\(text)")
    }
  }
}
