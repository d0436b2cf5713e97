extension KeyedEncodingContainer {
  /// Encodes a duration in milliseconds, and nothing for `nil`.
  mutating func encode(milliseconds duration: Duration?, forKey key: Key) throws {
    try encodeIfPresent(duration?.milliseconds, forKey: key)
  }
}

extension KeyedDecodingContainer {
  /// Decodes a duration in milliseconds; `nil` when the key is absent or null.
  func duration(forKey key: Key) throws -> Duration? {
    try decodeIfPresent(Double.self, forKey: key).map { .wire(milliseconds: $0) }
  }
}

extension Duration {
  /// Converts a number of milliseconds from a file, which may be damaged. An invalid number becomes negative,
  /// which no option allows.
  fileprivate static func wire(milliseconds: Double) -> Duration {
    guard milliseconds.isFinite, abs(milliseconds) < 1e12 else { return .nanoseconds(-1) }
    return .nanoseconds(Int64((milliseconds * 1e6).rounded()))
  }
}
