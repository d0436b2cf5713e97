import Healing
@testable import HealingSQLite
import HealingTestSupport
import Testing

/// What the index of a log says of checkpoints.
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
    #expect(!open.allowsCheckpoint(since: open))
    #expect(!index(5, frames: 12, copied: 4).allowsCheckpoint(since: open))
    // Under way, and ended.
    #expect(index(5, frames: 10, copied: 4, attempted: 10).allowsCheckpoint(since: open))
    #expect(whole.allowsCheckpoint(since: open))
    // Begun from its start: after the rest was copied, or with nothing left to copy.
    #expect(index(6, frames: 3, copied: 0).allowsCheckpoint(since: open))
    #expect(!index(6, frames: 3, copied: 0).allowsCheckpoint(since: whole))
    #expect(index(6, frames: 3, copied: 3).allowsCheckpoint(since: whole))
    #expect(index(7, frames: 3, copied: 0).allowsCheckpoint(since: whole))
  }

  @Test func `a log that is begun from its start has the next generation`() throws {
    let folder = try TemporaryFolder()
    let connection = try Connection(path: folder.path(), mode: .readWriteCreate)
    try connection.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    for _ in 0..<3 {
      try connection.checkpoint(.passive)
      let whole = try #require(connection.logIndex)
      #expect(Int64(whole.copied) == whole.frames)
      try connection.execute("INSERT INTO t VALUES (2)")
      let next = try #require(connection.logIndex)
      #expect(next.salt != whole.salt && !next.allowsCheckpoint(since: whole))
    }
  }
}
