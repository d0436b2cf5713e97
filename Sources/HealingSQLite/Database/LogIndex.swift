/// What SQLite's shared memory says of a write-ahead log (sqlite.org/walformat.html).
package struct LogIndex: Sendable, Equatable {
  /// In bytes.
  let pageSize: Int64
  /// Frames that readers may look for.
  package let frames: Int64
  /// Of the log's generation: another one after the log was emptied, or begun from its start.
  let salt: UInt64
  /// Frames that are in the database file.
  let copied: UInt32
  /// Frames that a checkpoint has set out to copy. Set before it writes to the database file.
  let attempted: UInt32

  /// Where a frame ends in the log, in bytes. The log has a head of 32 bytes, each frame one of 24 before its page.
  func end(ofFrame frame: Int64) -> Int64 { 32 + frame * (24 + pageSize) }

  /// How long the log is at least, in bytes.
  var leastLength: Int64 { frames == 0 ? 0 : end(ofFrame: frames) }

  /// Whether a checkpoint may have changed the database file between the other look and this one, or is about to.
  /// - Parameter isInLog: whether the log's file still has a frame of the other look's generation; frames count from 1.
  func allowsCheckpoint(since other: LogIndex, isInLog: (_ frame: Int64) -> Bool) -> Bool {
    if copied != attempted { return true }
    if salt == other.salt { return (copied, attempted) != (other.copied, other.attempted) }
    if attempted > 0 || Int64(other.copied) < other.frames || generation != other.generation &+ 1 {
      return true
    }
    // SQLite restarts a log only when it is fully checkpointed. It was at the other look, so the restart wrote nothing, unless
    // frames were added first. Those follow the last known frame until the log is truncated or grows over them.
    return other.frames == 0 || !isInLog(other.frames) || isInLog(other.frames + 1)
  }

  /// The first salt, of which SQLite adds one when it begins a log from its start; big-endian in the log.
  private var generation: UInt32 { UInt32(truncatingIfNeeded: UInt64(littleEndian: salt)).byteSwapped }
}
