import Synchronization

/// The verdicts on errors that were seen before, by type and message. During an outage the same error comes with
/// every call; it is classified, redacted and fingerprinted once.
///
/// Only for errors whose verdict depends on type and message alone. Messages with a secret are not kept.
final class DetectionMemo: Sendable {
  static let shared = DetectionMemo()

  /// What is known of an error without its call.
  final class Entry: Sendable {
    fileprivate let type: ObjectIdentifier
    /// The type's name, without secrets.
    let name: String
    /// The message, which has no secret.
    let message: String
    let classification: ErrorClassification
    let fingerprint: Fingerprint

    init(
      _ type: ObjectIdentifier, name: String, message: String, _ classification: ErrorClassification
    ) {
      self.type = type
      self.name = name
      self.message = message
      self.classification = classification
      fingerprint = Fingerprint(type: name, message: message, category: classification.category)
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

  /// Returns the entry of an error, made by `classify` if the error is new.
  /// - Returns: `nil` for a message that is too long or has a secret.
  func entry(
    _ type: ObjectIdentifier, name: String, message: String, classify: () -> ErrorClassification
  ) -> Entry? {
    guard message.utf8.count <= Self.longestMessage else { return nil }
    var hasher = Hasher()
    hasher.combine(type)
    hasher.combine(message)
    let hash = UInt(bitPattern: hasher.finalize())
    let shard = Int(hash & 7)
    let place = Int((hash >> 3) % UInt(Self.entriesPerShard))
    let known = shards[shard].withLock { $0[place] }
    if let known, known.type == type && known.message == message { return known }
    // Bytes, because `==` holds for strings that differ in Unicode normalisation.
    guard Redactor.redact(message).utf8.elementsEqual(message.utf8) else { return nil }
    let entry = Entry(type, name: Redactor.redactName(name), message: message, classify())
    shards[shard].withLock { $0[place] = entry }
    return entry
  }
}
