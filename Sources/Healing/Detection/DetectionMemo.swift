import CHealingLinux
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
  static let longestMessage = 512
  /// Number of entries per shard. A hash has one place; a later error takes it over.
  static let entriesPerShard = 256

  // By processor: threads that fail at once with the same error neither wait for one lock nor count the references
  // of one entry.
  private let shards = InlineArray<4, Lock<[Entry?]>> { _ in
    Lock([Entry?](repeating: nil, count: DetectionMemo.entriesPerShard))
  }

  /// Returns an error as it was detected before; `nil` for a new one.
  func error(_ type: ObjectIdentifier, message: String) -> DetectedError? {
    guard message.utf8.count <= Self.longestMessage else { return nil }
    let place = Self.place(type, message)
    let entry = shards[Self.shard].withLock { $0[place] }
    guard let entry, entry.type == type, Self.isSame(entry.error.message, message) else { return nil }
    return entry.error
  }

  /// Keeps a detected error, unless its message is long or has a secret.
  /// - Parameter message: the message before redaction.
  func keep(_ error: DetectedError, _ type: ObjectIdentifier, message: String) {
    guard message.utf8.count <= Self.longestMessage, Self.isSame(error.message, message) else { return }
    let place = Self.place(type, message)
    let entry = Entry(type, error)
    let former = shards[Self.shard].withLock { entries in
      let former = entries[place]
      entries[place] = entry
      return former
    }
    // Released outside the lock.
    withExtendedLifetime(former) {}
  }

  private static var shard: Int { Int(clinux_processor()) & 3 }

  /// Hashes the type and both ends of the message, where messages differ most.
  private static func place(_ type: ObjectIdentifier, _ message: String) -> Int {
    var hasher = Hasher()
    hasher.combine(type)
    var message = message
    message.withUTF8 { bytes in
      hasher.combine(bytes.count)
      hasher.combine(bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes.prefix(32))))
      hasher.combine(bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes.suffix(32))))
    }
    return Int(UInt(bitPattern: hasher.finalize()) % UInt(entriesPerShard))
  }

  /// Compares bytes. `==` also holds for strings that differ in Unicode normalisation, and rules and redaction
  /// read bytes.
  private static func isSame(_ first: String, _ second: String) -> Bool {
    guard first.utf8.count == second.utf8.count else { return false }
    let isSame: Bool?? = first.utf8.withContiguousStorageIfAvailable { left in
      second.utf8.withContiguousStorageIfAvailable { right in left.elementsEqual(right) }
    }
    return (isSame ?? nil) ?? first.utf8.elementsEqual(second.utf8)
  }
}
