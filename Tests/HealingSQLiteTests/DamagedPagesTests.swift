import Foundation
import Healing
import HealingTestSupport
import Testing

@testable import HealingSQLite

/// What salvage reads of a file whose head, or whose log's head, is damaged.
@Suite struct DamagedPagesTests {
  private let folder: TemporaryFolder
  private let path: String

  init() async throws {
    folder = try TemporaryFolder()
    path = folder.path()
    // Each error has its own row.
    let ledger = try SQLiteLedger(path: path, options: SQLiteLedgerOptions(errorRowsPerSecond: .max))
    for index in 0..<2_000 {
      ledger.record(
        .error(
          ErrorContext(
            id: ledger.makeID(), at: SystemTimeSource().wallClock(), component: "api", operation: "get",
            classification: ErrorClassification(category: .network, rule: "x"), type: "E",
            message: "connection \(index) refused by the server")))
    }
    try await ledger.flush()
    // A ledger with a log, and with free pages.
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute(
      "UPDATE retention_door SET open = 1; DELETE FROM error WHERE id < (SELECT max(id) FROM error);")
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: path + suffix, toPath: folder.path("copy.db") + suffix)
    }
    try await ledger.close()
  }

  /// The page size, the free pages, and the contents of all pages.
  private func reading(_ path: String) throws -> (size: Int, free: Set<Int>, pages: [[UInt8]?]) {
    let pages = try DamagedPages(path: path)
    return (pages.pageSize, pages.free, pages.numbers.dropFirst().map { pages.page($0) })
  }

  @Test func `no flipped bit in the head changes the page size or the free pages`() throws {
    let sound = try reading(path)
    #expect(sound.size == 8_192 && sound.free.count > 10)
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    let broken = folder.path("broken.db")
    try Data(bytes).write(to: URL(fileURLWithPath: broken))
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: broken))
    for place in 0..<100 {
      for bit in 0..<8 {
        func write(_ byte: UInt8) throws {
          try file.seek(toOffset: UInt64(place))
          try file.write(contentsOf: Data([byte]))
        }
        try write(bytes[place] ^ 1 << UInt8(bit))
        let pages = try DamagedPages(path: broken)
        #expect(pages.pageSize == sound.size && pages.free == sound.free, "byte \(place), bit \(bit)")
        try write(bytes[place])
      }
    }
  }

  @Test func `no changed byte in a frame's page number or count of pages adds pages`() throws {
    let copy = folder.path("copy.db")
    let sound = try reading(copy)
    let log = try [UInt8](Data(contentsOf: URL(fileURLWithPath: copy + "-wal")))
    let frames = (0..<(log.count - 32) / 8_216).map { 32 + $0 * 8_216 }
    let commits = frames.filter { frame in log[frame + 4..<frame + 8].contains { $0 != 0 } }
    #expect(commits.count > 1)
    for frame in commits.suffix(3) {
      for place in 0..<8 {
        var bytes = log
        bytes[frame + place] ^= 0x40
        try Data(bytes).write(to: URL(fileURLWithPath: copy + "-wal"))
        let pages = try DamagedPages(path: copy)
        // A changed page number names one page more at most.
        #expect(pages.numbers.count <= sound.pages.count + 2, "frame at \(frame), byte \(place)")
        #expect(pages.numbers.allSatisfy { pages.page($0) != nil })
      }
    }
  }

  @Test func `no changed byte in the head or in a frame's salt loses the log`() throws {
    let copy = folder.path("copy.db")
    let sound = try reading(copy)
    let log = try [UInt8](Data(contentsOf: URL(fileURLWithPath: copy + "-wal")))
    #expect(log.count > 20 * 8_216)
    let frames = [0, 1, 7].map { 32 + $0 * 8_216 }
    for place in Array(0..<32) + frames.flatMap({ $0 + 8..<$0 + 16 }) {
      var bytes = log
      bytes[place] ^= 0x5A
      try Data(bytes).write(to: URL(fileURLWithPath: copy + "-wal"))
      let found = try reading(copy)
      #expect(found.pages == sound.pages, "byte \(place)")
    }
  }
}
