import Foundation
import Healing
@testable import HealingSQLite
import HealingTestSupport
import Testing

/// What the index of a log shows of checkpoints.
@Suite struct LogIndexTests {
  private func index(_ generation: UInt32, frames: Int64, copied: UInt32, attempted: UInt32? = nil)
    -> LogIndex
  {
    LogIndex(
      pageSize: 4_096, frames: frames, salt: UInt64(generation.byteSwapped).littleEndian | 7 << 32,
      copied: copied, attempted: attempted ?? copied)
  }

  @Test func `only a checkpoint explains a change of the database file`() {
    let open = index(5, frames: 10, copied: 4)
    let whole = index(5, frames: 10, copied: 10)
    func allows(_ now: LogIndex, since other: LogIndex, left: ClosedRange<Int64> = 4...10) -> Bool {
      now.allowsCheckpoint(since: other) { left.contains($0) }
    }
    #expect(!allows(open, since: open))
    #expect(!allows(index(5, frames: 12, copied: 4), since: open))
    // During a checkpoint, and after it.
    #expect(allows(index(5, frames: 10, copied: 4, attempted: 10), since: open))
    #expect(allows(whole, since: open))
    // Restarted: after the rest was copied, or without frames to copy.
    #expect(allows(index(6, frames: 3, copied: 0), since: open))
    #expect(!allows(index(6, frames: 3, copied: 0), since: whole))
    #expect(allows(index(6, frames: 3, copied: 3), since: whole))
    #expect(allows(index(7, frames: 3, copied: 0), since: whole))
    // After frames were added, which are there, or which may have been: the log was emptied or has grown over them.
    #expect(allows(index(6, frames: 3, copied: 0), since: whole, left: 4...12))
    #expect(allows(index(6, frames: 0, copied: 0), since: whole, left: 99...99))
    #expect(allows(index(6, frames: 10, copied: 0), since: whole, left: 11...11))
    #expect(allows(index(6, frames: 3, copied: 0), since: index(5, frames: 0, copied: 0)))
  }

  @Test func `a log that restarts has the next generation`() throws {
    let folder = try TemporaryFolder()
    let connection = try Connection(path: folder.path(), mode: .readWriteCreate)
    try connection.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    for _ in 0..<3 {
      for _ in 0..<9 { try connection.execute("INSERT INTO t VALUES (2)") }
      try connection.checkpoint(.passive)
      let whole = try #require(connection.logIndex)
      #expect(Int64(whole.copied) == whole.frames)
      try connection.execute("INSERT INTO t VALUES (2)")
      let next = try #require(connection.logIndex)
      #expect(next.salt != whole.salt && !connection.mayHaveCheckpointed(from: whole, to: next))
    }
  }

  @Test(arguments: 0..<40)
  func `SQLite's own writes to the database file cause no report`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let folder = try TemporaryFolder()
    let watcher = try Connection(path: folder.path(), mode: .readWriteCreate)
    try watcher.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    let writer = try Connection(path: folder.path(), mode: .readWrite)
    var readers: [Connection] = []
    var changes = 0
    for _ in 0..<60 {
      let before = try #require(watcher.logIndex)
      let file = try #require(FileIdentity(path: folder.path()))
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1:
          for _ in 0..<Int.random(in: 1...3, using: &random) {
            try writer.execute(
              "INSERT INTO t VALUES (randomblob(\(Int.random(in: 1...9_000, using: &random))))")
          }
        case 2: try writer.checkpoint(.passive)
        case 3: try writer.checkpoint(.truncating)
        case 4:
          let reader = try Connection(path: folder.path(), mode: .readOnly)
          try reader.execute("BEGIN")
          _ = try reader.integer("SELECT count(*) FROM t")
          readers.append(reader)
        default: if !readers.isEmpty { readers.removeFirst() }
        }
      }
      let now = try #require(watcher.logIndex)
      if try #require(FileIdentity(path: folder.path())).isUnchanged(since: file) { continue }
      changes += 1
      #expect(watcher.mayHaveCheckpointed(from: before, to: now), "\(before) \(now)")
    }
    #expect(changes > 0)
  }

  @Test func `the comparison after a checkpoint detects an overwrite during it`()
    throws
  {
    let folder = try TemporaryFolder()
    let (path, backup) = (folder.path(), folder.path("backup.db"))
    let connection = try Connection(path: path, mode: .readWriteCreate)
    #expect(connection.holdsWhatWasCopied)
    try connection.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    #expect(connection.holdsWhatWasCopied)
    try connection.checkpoint(.passive)
    try FileManager.default.copyItem(atPath: path, toPath: backup)
    for _ in 0..<500 { try connection.execute("INSERT INTO t VALUES (randomblob(1000))") }
    try connection.checkpoint(.passive)
    #expect(connection.holdsWhatWasCopied)
    // Frames that were not copied prove nothing.
    try connection.execute("INSERT INTO t VALUES (3)")
    #expect(connection.holdsWhatWasCopied)
    try connection.checkpoint(.passive)
    // As cp does it: in place, from the start; what is behind is cut off, or still there.
    let old = try Data(contentsOf: URL(fileURLWithPath: backup))
    let new = try Data(contentsOf: URL(fileURLWithPath: path))
    for contents in [old, old + new.dropFirst(old.count - 4_096), Data()] {
      try overwrite(path, with: contents)
      #expect(!connection.holdsWhatWasCopied)
      try overwrite(path, with: new)
      #expect(connection.holdsWhatWasCopied)
    }
  }

  @Test func `pages that a checkpoint omits cause no report`() throws {
    let folder = try TemporaryFolder()
    let writer = try Connection(path: folder.path(), mode: .readWriteCreate)
    try writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    try writer.checkpoint(.passive)
    // A page with a later frame is left for a later checkpoint, though a frame of it comes before the reader's end.
    try writer.execute("INSERT INTO t VALUES (2)")
    let reader = try Connection(path: folder.path(), mode: .readOnly)
    try reader.execute("BEGIN")
    _ = try reader.integer("SELECT count(*) FROM t")
    try writer.execute("INSERT INTO t VALUES (3)")
    #expect(try writer.checkpoint(.passive) > 0)
    #expect(try #require(writer.logIndex).copied > 0)
    #expect(writer.holdsWhatWasCopied)
    try reader.execute("COMMIT")
    #expect(try writer.checkpoint(.passive) == 0)
    #expect(writer.holdsWhatWasCopied)
    // Pages behind the end of a file that became shorter are not written.
    try writer.execute("INSERT INTO t VALUES (4)")
    for _ in 0..<20 { try writer.execute("INSERT INTO t VALUES (randomblob(10000))") }
    try writer.execute("DELETE FROM t; VACUUM")
    #expect(try writer.checkpoint(.passive) == 0)
    #expect(writer.holdsWhatWasCopied)
  }

  /// Writes into the file that is there.
  private func overwrite(_ path: String, with contents: Data) throws {
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: contents)
    try handle.close()
  }
}
