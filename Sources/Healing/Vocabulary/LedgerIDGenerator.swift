import Synchronization

/// Issues ``LedgerID``s that are unique within the process and rise even when the wall clock is set back.
///
/// After 1,024 ids in a millisecond, ids run ahead of the clock; the generator never waits.
public final class LedgerIDGenerator: Sendable {
  /// Number of nodes that one ledger distinguishes: 0..<4096.
  public static let nodeCount: Int64 = 4096
  package static let epochMilliseconds: Int64 = 1_735_689_600_000
  /// Latest clock reading that ids follow, in the year 2092. It leaves room for 10¹³ ids above those issued under a
  /// clock that is wrong by centuries.
  private static let latestClock: Int64 = (1 << 41) - (1 << 36)
  /// No generator issues an id at or above this one.
  package static let limit = LedgerID(rawValue: ((1 << 41) - (1 << 35)) << 22)

  /// Returns the highest id of a time's millisecond, whichever the node.
  package static func highest(at time: Timestamp) -> LedgerID {
    let millisecond = min(max(0, time.microseconds / 1_000 - epochMilliseconds), latestClock)
    return LedgerID(rawValue: millisecond << 22 | 0x3F_FFFF)
  }

  private struct State {
    var node: Int64
    var millisecond: Int64 = 0
    var sequence: Int64 = 0
  }

  private let time: any TimeSource
  private let state: Lock<State>

  /// - Parameters:
  ///   - node: number that distinguishes this process from the others on the ledger, modulo 4096.
  ///   - time: source of the wall-clock time.
  public init(node: Int64, time: any TimeSource) {
    self.time = time
    state = Lock(State(node: node & (Self.nodeCount - 1)))
  }

  /// Issues only ids above `id` from now on. Ignores an `id` at or above ``limit``, because no id above it may be
  /// left.
  package func raise(above id: LedgerID) {
    guard id < Self.limit else { return }
    let millisecond = id.rawValue >> 22
    state.withLock { state in
      // The last id of its millisecond, for any node.
      if millisecond >= state.millisecond { (state.millisecond, state.sequence) = (millisecond, 1023) }
    }
  }

  /// Number that distinguishes this process from the others on the ledger.
  package var node: Int64 { state.withLock { $0.node } }

  /// Changes the node, when another run on the ledger uses the current one.
  package func change(node: Int64) { state.withLock { $0.node = node & (Self.nodeCount - 1) } }

  /// Returns whether this process issued an id, by the id's node.
  package func gaveOut(_ id: LedgerID) -> Bool { id.rawValue >> 10 & (Self.nodeCount - 1) == node }

  /// Returns the next id.
  public func next() -> LedgerID { next(at: time.wallClock()) }

  /// Returns the next id for a wall-clock time that the caller has just read.
  package func next(at wall: Timestamp) -> LedgerID {
    let now = min(max(0, wall.microseconds / 1000 - Self.epochMilliseconds), Self.latestClock)
    return state.withLock { state in
      if now > state.millisecond {
        (state.millisecond, state.sequence) = (now, 0)
      } else if state.sequence < 1023 {
        state.sequence += 1
      } else {
        (state.millisecond, state.sequence) = (state.millisecond + 1, 0)
      }
      return LedgerID(rawValue: state.millisecond << 22 | state.node << 10 | state.sequence)
    }
  }
}
