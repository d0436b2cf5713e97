/// The errors that components of an engine threw last, so that an outer component recognises a failure that an inner one
/// has counted. A pure state.
struct ThrownErrors: Sendable {
  /// A failure that an inner component has counted.
  struct Cause: Sendable {
    let component: ComponentName
    let errorID: LedgerID
  }

  private struct Entry: Sendable {
    let error: any Error
    let cause: Cause
    /// Nanoseconds on the monotonic clock.
    let thrownAt: Int64
  }

  /// The last entries; an error lives as long as its entry.
  private static let limit = 64
  private var entries: [Entry] = []
  private var next = 0
  private var lastThrownAt: Int64 = .min

  mutating func add(_ error: any Error, _ cause: Cause, at now: Int64) {
    lastThrownAt = now
    let entry = Entry(error: error, cause: cause, thrownAt: now)
    if entries.count < Self.limit {
      entries.append(entry)
    } else {
      entries[next] = entry
    }
    next = next + 1 == Self.limit ? 0 : next + 1
  }

  /// Whether a component threw an error since then.
  func hasThrown(since begun: Int64) -> Bool { lastThrownAt >= begun }

  /// The component that threw an error during an attempt of another one.
  /// - Parameters:
  ///   - errors: the error, then those that it wraps. A wrapped error is not the same object any more, so it is compared by
  ///     type and message.
  ///   - component: whose attempt failed; it is no cause of its own.
  ///   - begun: when the attempt began: an error object that is thrown more than once is found only by its last throw.
  func cause(of errors: [any Error], in component: ComponentName, since begun: Int64) -> Cause? {
    let candidates = entries.filter { $0.thrownAt >= begun && $0.cause.component != component }
    if candidates.isEmpty { return nil }
    for (level, error) in errors.enumerated() {
      let found = candidates.last {
        Self.areSame($0.error, error) || level > 0 && Self.areAlike($0.error, error)
      }
      if let found { return found.cause }
    }
    return nil
  }

  /// Keeps an error from being opened to its own type.
  private struct Box {
    let error: any Error

    /// Safe: on this platform `any Error` is one pointer, to the object that holds the error, as an assertion of the
    /// standard library checks. The pointer is compared and never followed.
    var address: UInt { unsafe unsafeBitCast(self, to: UInt.self) }
  }

  private static func areAlike(_ one: any Error, _ other: any Error) -> Bool {
    type(of: one) == type(of: other) && KnownErrorTypes.message(of: one) == KnownErrorTypes.message(of: other)
  }

  /// Whether two errors are one object: an error that is thrown on stays in its box.
  private static func areSame(_ one: any Error, _ other: any Error) -> Bool {
    Box(error: one).address == Box(error: other).address
  }
}
