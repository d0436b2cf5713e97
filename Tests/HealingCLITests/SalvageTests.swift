import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// `HEALING_SALVAGES` sets the number of seeds.
@Suite(.serialized) struct SalvageTests {
  private let folder: TemporaryFolder
  private let path: String

  init() async throws {
    folder = try TemporaryFolder()
    path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    try await GeneratedLedger.fill(ledger, rounds: 2)
    let now = SystemTimeSource().wallClock()
    for index in 0..<3_000 {
      let at = now + .seconds(-index)
      ledger.record(
        .error(
          ErrorContext(
            id: ledger.makeID(), at: at, component: index.isMultiple(of: 2) ? "api" : "db", operation: "get",
            classification: ErrorClassification(category: .network, rule: "x"), type: "E",
            message: index.isMultiple(of: 50)
              ? String(repeating: "long ", count: 1_600) : "connection \(index) refused by the server")))
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: at, component: "db", operation: "get", action: .retry,
            outcome: .succeeded, attempts: 2,
            duration: .milliseconds(index), message: "attempt 2 of 3")))
      ledger.record(
        .sample(HealthSample(component: "api", at: at, outcome: .success, duration: .microseconds(index))))
    }
    try await ledger.close()
  }

  private static func lines(_ path: String) async throws -> Set<String> {
    let export = try await Program.run("export", "--ledger", path)
    #expect(export.code == 0, "\(export.errors)")
    return Set(
      export.output.split(separator: "\n").map { String($0).replacing(/"ledger":"[0-9a-f]+",/, with: "") })
  }

  private func salvage(_ broken: String) async throws -> (
    result: (code: Int32, output: String, errors: String), new: String
  ) {
    let new = folder.path("new-\(UUID().uuidString).db")
    let url = URL(fileURLWithPath: broken)
    let data = try Data(contentsOf: url)
    let date = try FileManager.default.attributesOfItem(atPath: broken)[.modificationDate] as? Date
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter {
      $0.hasPrefix(url.lastPathComponent)
    }
    let result = try await Program.run("salvage", broken, new)
    #expect(try Data(contentsOf: url) == data)
    #expect(try FileManager.default.attributesOfItem(atPath: broken)[.modificationDate] as? Date == date)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter {
        $0.hasPrefix(url.lastPathComponent)
      } == files)
    return (result, new)
  }

  private func expectSound(_ path: String) async throws {
    let check = try await Program.run("check", "--ledger", path)
    #expect(check.code == 0, "\(check.output)\(check.errors)")
  }

  @Test func `a sound ledger is salvaged whole`() async throws {
    let (result, new) = try await salvage(path)
    #expect(result.code == 0 && result.errors.isEmpty, "\(result)")
    #expect(try await Self.lines(new) == Self.lines(path))
    try await expectSound(new)
    #expect(
      result.output.contains("not salvaged: 0 rows that cannot be decoded, 0 with wrong values"),
      "\(result.output)")
  }

  private static let seeds =
    1...(ProcessInfo.processInfo.environment["HEALING_SALVAGES"].flatMap { Int($0) } ?? 4)

  @Test(arguments: seeds) func `a damaged ledger gives back the rows outside of the damage`(seed: Int)
    async throws
  {
    var random = SplitMix64(seed: UInt64(seed))
    var bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    let pageSize = 8_192
    let pages = bytes.count / pageSize
    var damaged: Set<Int> = []
    if seed.isMultiple(of: 4) {
      bytes.removeLast(bytes.count * Int.random(in: 20...60, using: &random) / 100)
      damaged = Set((bytes.count / pageSize + 1)...pages)
    } else {
      for _ in 0..<(pages / 20) {
        let start = Int.random(in: 0..<(bytes.count / 512), using: &random) * 512
        for place in start..<(start + 512) { bytes[place] = UInt8.random(in: 0...255, using: &random) }
        damaged.insert(start / pageSize + 1)
      }
    }
    // Where each row of the sound file is.
    let connection = try Connection(path: path, mode: .readOnly)
    var readable = 0
    for table in ["error", "recovery", "health_sample"] {
      readable += try connection.integer("SELECT count(*) FROM \(table)").map { Int($0) } ?? 0
    }
    let all = readable
    // A truncation takes pages that have more rows than the first ones.
    readable = all * (pages - damaged.count) / pages
    let broken = folder.path("broken-\(seed).db")
    try Data(bytes).write(to: URL(fileURLWithPath: broken))
    let (result, new) = try await salvage(broken)
    #expect(result.code == 0, "\(result)")
    let (found, expected) = (try await Self.lines(new), try await Self.lines(path))
    let rows = found.filter { line in
      ["errors", "recoveries", "samples"].contains { line.hasPrefix("{\"table\":\"\($0)\"") }
    }
    let sound = rows.intersection(expected)
    #expect(
      sound.count >= readable * (seed.isMultiple(of: 4) ? 75 : 95) / 100,
      "\(sound.count) of \(all), \(damaged.count) of \(pages) pages damaged")
    // Next to nothing is made up. A row whose component was lost has another name.
    let renamed = rows.filter { $0.contains("\"component\":\"component-") }.count
    #expect(rows.count - sound.count - renamed <= rows.count / 200, "\(rows.subtracting(expected).prefix(3))")
    try await expectSound(new)
  }

  @Test func `the rows are found without the first page and without the schema`() async throws {
    var bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    for place in 0..<(10 * 8_192) { bytes[place] = 0xA5 }
    let broken = folder.path("headless.db")
    try Data(bytes).write(to: URL(fileURLWithPath: broken))
    let (result, new) = try await salvage(broken)
    #expect(
      result.code == 0 && result.output.contains("recoveries: ") && result.output.contains("errors: "),
      "\(result)")
    try await expectSound(new)
  }

  @Test func `rows that only the log has are salvaged`() async throws {
    let live = folder.path("live.db")
    let ledger = try SQLiteLedger(path: live)
    try await GeneratedLedger.fill(ledger, rounds: 1)
    let broken = folder.path("copied.db")
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: live + suffix, toPath: broken + suffix)
    }
    try await ledger.close()
    let (result, new) = try await salvage(broken)
    #expect(result.code == 0, "\(result)")
    #expect(try await Self.lines(new) == Self.lines(live))
    try await expectSound(new)
  }

  @Test func `an existing file is not replaced, and a missing one is an error`() async throws {
    let other = folder.path("other.db")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: other))
    let refused = try await Program.run("salvage", path, other)
    #expect(refused.code == 3 && refused.errors.contains("the file exists"))
    #expect(try String(contentsOfFile: other, encoding: .utf8) == "mine")
    #expect(try await Program.run("salvage", folder.path("none"), folder.path("new.db")).code == 3)
    #expect(try await Program.run("salvage", path).code == 2)
    #expect(!FileManager.default.fileExists(atPath: folder.path("new.db")))
  }
}
