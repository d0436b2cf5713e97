import Synchronization

/// The errors that were detected before, by type and message. During an outage the same error comes with every
/// call; it is classified, redacted and fingerprinted once.
///
/// Only for errors whose verdict depends on type and message alone. Messages with a secret are not kept.
final class DetectionMemo: Sendable {
  static let shared = DetectionMemo()

  private final class Entry: Sendable {
    let type: ObjectIdentifier
    let error: DetectedError

    init(_ type: ObjectIdentifier, _ error: DetectedError) {
      self.type = type
      self.error = error
    }
  }

  /// Maximum length of a kept message, in bytes.
  static let longestMessage = 1_024
  /// Number of entries per shard. A hash has one place; a later error takes it over.
  static let entriesPerShard = 256

  // Sharded, so that threads that fail at once rarely contend for one lock.
  private let shards = InlineArray<8, Lock<[Entry?]>> { _ in
    Lock([Entry?](repeating: nil, count: DetectionMemo.entriesPerShard))
  }

  /// Returns an error as it was detected before, or as `detect` detects it now.
  func error(_ type: ObjectIdentifier, message: String, detect: () -> DetectedError) -> DetectedError {
    guard message.utf8.count <= Self.longestMessage else { return detect() }
    var hasher = Hasher()
    hasher.combine(type)
    hasher.combine(message)
    let hash = UInt(bitPattern: hasher.finalize())
    let shard = Int(hash & 7)
    let place = Int((hash >> 3) % UInt(Self.entriesPerShard))
    let known = shards[shard].withLock { $0[place] }
    if let known, known.type == type && known.error.message == message { return known.error }
    let error = detect()
    if error.message == message {
      let entry = Entry(type, error)
      shards[shard].withLock { $0[place] = entry }
    }
    return error
  }
}
