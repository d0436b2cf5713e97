import Synchronization

/// Gives out ``LedgerID``s: unique within the process, rising even when the wall clock is set back.
///
/// Past 1,024 ids in a millisecond it runs ahead of the clock rather than wait.
public final class LedgerIDGenerator: Sendable {
  /// How many processes one ledger can tell apart: nodes are 0..<4096.
  public static let nodeCount: Int64 = 4096
  static let epochMilliseconds: Int64 = 1_735_689_600_000
  /// Ids follow the clock up to here, which is in the year 2092. A clock that is wrong by centuries leaves room for 10¹³
  /// ids above those that it led to.
  private static let latestClock: Int64 = (1 << 41) - (1 << 36)
  /// From here on an id was given out by no generator.
  package static let limit = LedgerID(rawValue: ((1 << 41) - (1 << 35)) << 22)

  private struct State {
    var node: Int64
    var millisecond: Int64 = 0
    var sequence: Int64 = 0
  }

  private let time: any TimeSource
  private let state: Lock<State>

  /// - Parameters:
  ///   - node: what tells this process from the others on the ledger; taken modulo 4096.
  ///   - time: where the wall-clock time comes from.
  public init(node: Int64, time: any TimeSource) {
    self.time = time
    state = Lock(State(node: node & (Self.nodeCount - 1)))
  }

  /// Gives out only ids above `id` from now on. An id that no generator can have given out is passed over: there might
  /// be none above it.
  package func raise(above id: LedgerID) {
    guard id < Self.limit else { return }
    let millisecond = id.rawValue >> 22
    state.withLock { state in
      // The last of its millisecond, of whichever node.
      if millisecond >= state.millisecond { (state.millisecond, state.sequence) = (millisecond, 1023) }
    }
  }

  /// What tells this process from the others on the ledger.
  package var node: Int64 { state.withLock { $0.node } }

  /// Goes on under another node, when another run of the ledger has this one.
  package func change(node: Int64) { state.withLock { $0.node = node & (Self.nodeCount - 1) } }

  /// Whether an id is one of this process.
  package func gaveOut(_ id: LedgerID) -> Bool { id.rawValue >> 10 & (Self.nodeCount - 1) == node }

  /// The next id.
  public func next() -> LedgerID { next(at: time.wallClock()) }

  /// The next id, for one who has just read the clock.
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
