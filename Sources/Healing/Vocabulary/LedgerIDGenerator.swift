import Synchronization

/// Gives out ``LedgerID``s: unique within the process, rising even when the wall clock is set back.
///
/// Past 1,024 ids in a millisecond it runs ahead of the clock rather than wait.
public final class LedgerIDGenerator: Sendable {
  /// How many processes one ledger can tell apart: nodes are 0..<4096.
  public static let nodeCount: Int64 = 4096
  static let epochMilliseconds: Int64 = 1_735_689_600_000

  private let place: Lock<Int64>
  private let time: any TimeSource
  private let last: Lock<(millisecond: Int64, sequence: Int64)>

  /// - Parameters:
  ///   - node: what tells this process from the others on the ledger; taken modulo 4096.
  ///   - time: where the wall-clock time comes from.
  public init(node: Int64, time: any TimeSource) {
    place = Lock(node & (Self.nodeCount - 1))
    self.time = time
    self.last = Lock((0, 0))
  }

  /// What tells this process from the others on the ledger.
  package var node: Int64 { place.withLock { $0 } }

  /// Goes on under another node, when another run of the ledger has this one.
  package func change(node: Int64) { place.withLock { $0 = node & (Self.nodeCount - 1) } }

  /// The next id.
  public func next() -> LedgerID { next(at: time.wallClock()) }

  /// The next id, for one who has just read the clock.
  package func next(at wall: Timestamp) -> LedgerID {
    let now = max(0, wall.microseconds / 1000 - Self.epochMilliseconds)
    let node = node
    return last.withLock { last in
      if now > last.millisecond {
        last = (now, 0)
      } else if last.sequence < 1023 {
        last.sequence += 1
      } else {
        last = (last.millisecond + 1, 0)
      }
      return LedgerID(rawValue: last.millisecond << 22 | node << 10 | last.sequence)
    }
  }
}
