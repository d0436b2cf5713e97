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
    // The new ledger has rows of another one.
    return Set(
      export.output.split(separator: "\n").filter { !$0.contains(#""table":"ledgers""#) }
        .map { String($0).replacing(/"ledger":"[0-9a-f]+",/, with: "") })
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
  private static let tables = ["error", "recovery", "health_sample"]

  /// Damages a file.
  /// - Returns: number of damaged places.
  private static func damage(_ bytes: inout [UInt8], seed: Int) -> Int {
    var random = SplitMix64(seed: UInt64(seed))
    let pages = bytes.count / PageMap.pageSize
    func overwrite(_ range: Range<Int>) {
      for place in range where place < bytes.count {
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
    }
    switch seed % 4 {
    case 0:
      bytes.removeLast(bytes.count * Int.random(in: 20...60, using: &random) / 100)
      return 1
    case 1:
      for _ in 0..<(pages / 2) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
      }
      return pages / 2
    case 2:
      for _ in 0..<(pages / 20) {
        let start = Int.random(in: 0..<(bytes.count / 512), using: &random) * 512
        overwrite(start..<(start + 512))
      }
      return pages / 20
    default:
      // The head with the page size and the free list, and a part of the file.
      overwrite(Int.random(in: 0..<40, using: &random)..<64)
      let start = Int.random(in: 0..<bytes.count, using: &random)
      overwrite(start..<(start + bytes.count / 10))
      return 2
    }
  }

  /// The values of each row by its id, but for the component and the run, which can have been lost.
  private static func rows(_ path: String, _ table: String) throws -> [Int64: String] {
    let connection = try Connection(path: path, mode: .readOnly)
    let columns = try connection.rows("SELECT name FROM pragma_table_info('\(table)')") { $0.text(0) }
      .filter { !["component_id", "process_id", "epoch", "grouped"].contains($0) }.map { "quote(\($0))" }
    let rows = try connection.rows("SELECT id, \(columns.joined(separator: " || ")) FROM \(table)") {
      ($0.integer(0), $0.text(1))
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  @Test(arguments: seeds) func `a damaged ledger gives back 95 % of the rows on its intact pages`(seed: Int)
    async throws
  {
    let sound = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    var bytes = sound
    let places = Self.damage(&bytes, seed: seed)
    let broken = folder.path("broken.db")
    try Data(bytes).write(to: URL(fileURLWithPath: broken))
    let map = try PageMap(path, sound)
    let new = folder.path("new.db")
    _ = try LedgerSalvage.run(broken, to: new, identity: ProcessIdentity(program: "test")) { _, _ in }
    var (expected, given, wrong) = (0, 0, 0)
    for table in Self.tables {
      let readable = map.rows(of: table, intactIn: bytes)
      let (before, after) = (try Self.rows(path, table), try Self.rows(new, table))
      let found = readable.filter { after[$0] != nil && after[$0] == before[$0] }.count
      #expect(found * 100 >= readable.count * 95, "\(table): \(found) of \(readable.count)")
      expected += readable.count
      given += after.filter { before[$0] == $1 }.count
      wrong += after.filter { before[$0] != $1 }.count
    }
    print("salvage, seed \(seed): \(given) rows given back, \(expected) on intact pages, \(wrong) changed")
    // A changed byte in a text makes no row unreadable.
    #expect(wrong <= places + given / 200, "\(wrong) rows that the ledger did not have")
    #expect(try await LedgerCheck(path: new).run().problem == nil)
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

  @Test func `a killed salvage leaves no ledger under NEW, and the next one reuses its file`() async throws {
    let new = folder.path("new.db")
    let killed = try ChildProcess("healing", ["salvage", path, new])
    while !FileManager.default.fileExists(atPath: new + "-partial-lock") { await pause() }
    killed.signal(SIGKILL)
    await killed.wait()
    #expect(!FileManager.default.fileExists(atPath: new))
    #expect(FileManager.default.fileExists(atPath: new + "-partial"))
    let again = try await Program.run("salvage", path, new)
    #expect(again.code == 0, "\(again)")
    #expect(try await Self.lines(new) == Self.lines(path))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(!names.contains { $0.contains("partial") }, "\(names)")
    #expect(try FileManager.default.attributesOfItem(atPath: new)[.posixPermissions] as? Int == 0o600)
    try await expectSound(new)
  }

  @Test func `a file without a row of a ledger is an error, and no ledger is created`() async throws {
    let (other, new) = (folder.path("other.bin"), folder.path("new.db"))
    var random = SplitMix64(seed: 3)
    let contents: [[UInt8]] = [
      (0..<700_000).map { _ in UInt8.random(in: 0...255, using: &random) },
      Array(repeating: 0, count: 100_000), Array(String(repeating: "a text\n", count: 5_000).utf8),
    ]
    for bytes in contents {
      try Data(bytes).write(to: URL(fileURLWithPath: other))
      let result = try await Program.run("salvage", other, new)
      #expect(result.code == 4 && result.errors.contains("no row of a ledger was found"), "\(result)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(!names.contains { $0.hasPrefix("new.db") }, "\(names)")
    }
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

/// Which pages of a sound ledger hold which rows: the oracle of what is readable in a damaged copy. Follows the trees from their roots
/// (sqlite.org/fileformat2.html), which salvage does not.
private struct PageMap {
  static let pageSize = 8_192
  private let bytes: [UInt8]
  /// The pages of each row, by table and id.
  private var pages: [String: [Int64: [Int]]] = [:]

  init(_ path: String, _ bytes: [UInt8]) throws {
    self.bytes = bytes
    let connection = try Connection(path: path, mode: .readOnly)
    for (table, root) in try connection.rows(
      "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND rootpage > 0",
      { ($0.text(0), Int($0.integer(1))) })
    { read(root, of: table) }
  }

  /// Returns the ids of the rows all of whose pages are as in the sound file.
  func rows(of table: String, intactIn damaged: [UInt8]) -> [Int64] {
    var intact: [Int: Bool] = [:]
    func isIntact(_ page: Int) -> Bool {
      if let known = intact[page] { return known }
      let range = (page - 1) * Self.pageSize..<page * Self.pageSize
      let result = range.upperBound <= damaged.count && bytes[range] == damaged[range]
      intact[page] = result
      return result
    }
    return (pages[table] ?? [:]).filter { $0.value.allSatisfy(isIntact) }.map(\.key)
  }

  private func number(_ place: Int, _ count: Int) -> Int {
    bytes[place..<(place + count)].reduce(0) { $0 << 8 | Int($1) }
  }

  private func varint(_ place: inout Int) -> Int64 {
    var value: UInt64 = 0
    for index in 0..<9 {
      let byte = bytes[place]
      place += 1
      if index == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
      value = value << 7 | UInt64(byte & 0x7F)
      if byte < 0x80 { break }
    }
    return Int64(bitPattern: value)
  }

  private mutating func read(_ page: Int, of table: String) {
    let start = (page - 1) * Self.pageSize
    let head = page == 1 ? start + 100 : start
    let cells = number(head + 3, 2)
    switch bytes[head] {
    case 0x05:
      for cell in 0..<cells { read(number(start + number(head + 12 + 2 * cell, 2), 4), of: table) }
      read(number(head + 8, 4), of: table)
    case 0x0D:
      for cell in 0..<cells {
        var place = start + number(head + 8 + 2 * cell, 2)
        let size = Int(varint(&place))
        let id = varint(&place)
        pages[table, default: [:]][id] = [page] + overflow(place, size)
      }
    default: break
    }
  }

  /// Returns the further pages of a row whose payload begins at a place.
  private func overflow(_ place: Int, _ size: Int) -> [Int] {
    let (most, least) = (Self.pageSize - 35, (Self.pageSize - 12) * 32 / 255 - 23)
    guard size > most else { return [] }
    let spilt = least + (size - least) % (Self.pageSize - 4)
    var next = number(place + (spilt <= most ? spilt : least), 4)
    var pages: [Int] = []
    while next != 0 {
      pages.append(next)
      next = number((next - 1) * Self.pageSize, 4)
    }
    return pages
  }
}
