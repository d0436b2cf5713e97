/// The index of a write-ahead log, from SQLite's shared memory (sqlite.org/walformat.html).
package struct LogIndex: Sendable, Equatable {
  /// Page size in bytes.
  let pageSize: Int64
  /// Number of frames that readers may use.
  package let frames: Int64
  /// Identifies the log's generation. It changes when the log is truncated or restarted.
  let salt: UInt64
  /// Number of frames that are in the database file.
  let copied: UInt32
  /// Number of frames that a checkpoint attempts to copy. Set before it writes to the database file.
  let attempted: UInt32

  /// Returns the end offset of a frame in the log, in bytes. The log has a header of 32 bytes, each frame one
  /// of 24 before its page.
  func end(ofFrame frame: Int64) -> Int64 { 32 + frame * (24 + pageSize) }

  /// Minimum length of the log in bytes.
  var leastLength: Int64 { frames == 0 ? 0 : end(ofFrame: frames) }

  /// Whether a checkpoint may have changed the database file between the other index and this one, or is about
  /// to.
  /// - Parameter isInLog: whether the log file still has a frame of the other index's generation; frames count
  ///   from 1.
  func allowsCheckpoint(since other: LogIndex, isInLog: (_ frame: Int64) -> Bool) -> Bool {
    if copied != attempted { return true }
    if salt == other.salt { return (copied, attempted) != (other.copied, other.attempted) }
    if attempted > 0 || Int64(other.copied) < other.frames || generation != other.generation &+ 1 {
      return true
    }
    // SQLite restarts a log only when it is fully checkpointed. The other index shows a fully checkpointed log,
    // so the restart wrote nothing, unless frames were added first. Those follow the last known frame until the
    // log is truncated or grows over them.
    return other.frames == 0 || !isInLog(other.frames) || isInLog(other.frames + 1)
  }

  /// The first salt, big-endian in the log. SQLite increments it when it restarts a log.
  private var generation: UInt32 { UInt32(truncatingIfNeeded: UInt64(littleEndian: salt)).byteSwapped }
}
