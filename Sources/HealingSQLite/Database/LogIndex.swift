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
  func allowsCheckpoint(since other: LogIndex) -> Bool {
    copied != attempted || (salt, copied, attempted) != (other.salt, other.copied, other.attempted)
  }
}
