package import Healing

/// The components of a batch. Each has a position in it, by which rows find theirs and roll-ups are added up.
package struct KnownComponents {
  private var names: [ComponentName] = []
  /// By position; `nil` where SQLite has refused the component.
  private var known: [KnownComponent?] = []
  private var positions: [ComponentName: UInt32] = [:]
  /// By number of the ``ComponentSlot``, since every sample asks for its own; -1 where no sample of the batch has it.
  private var positionsOfSlots: [Int32] = []

  package init() {}

  package func position(of name: ComponentName) -> UInt32? { positions[name] }

  package func position(ofSlot slot: UInt32) -> UInt32? {
    guard Int(slot) < positionsOfSlots.count else { return nil }
    return UInt32(exactly: positionsOfSlots[Int(slot)])
  }

  package func name(at position: UInt32) -> ComponentName { names[Int(position)] }

  /// A component by position.
  package subscript(position: UInt32) -> KnownComponent? {
    get { known[Int(position)] }
    set { known[Int(position)] = newValue }
  }

  /// Gives a component the next position.
  @discardableResult
  package mutating func add(_ name: ComponentName, _ component: KnownComponent?) -> UInt32 {
    let position = UInt32(names.count)
    names.append(name)
    known.append(component)
    positions[name] = position
    return position
  }

  /// Samples with a slot are of the component at a position.
  package mutating func add(slot: UInt32, at position: UInt32) {
    let missing = Int(slot) + 1 - positionsOfSlots.count
    if missing > 0 { positionsOfSlots += repeatElement(-1, count: missing) }
    positionsOfSlots[Int(slot)] = Int32(position)
  }
}

/// A component by number, and the epoch its metrics are in.
package struct KnownComponent {
  package let id: Int64
  package var epoch: Int64
  /// Microseconds UTC.
  package var epochStartedAt: Int64
  package var isForgotten = false
  /// Calls that ended later, on the monotonic clock, are of this epoch.
  package var epochKnownSince = Int64.min
  /// This process started it: calls that ended before are of the epoch before. Else the wall clock decides.
  package var isOwnEpoch = false
  /// This batch is the first that has met it.
  package var isNewEpoch = false
  /// Where in the batch the reset is that started it.
  package var resetPosition: Int?

  package init(id: Int64, epoch: Int64, epochStartedAt: Int64, isForgotten: Bool = false) {
    self.id = id
    self.epoch = epoch
    self.epochStartedAt = epochStartedAt
    self.isForgotten = isForgotten
  }

  /// The epoch of a call.
  /// - Parameters:
  ///   - endedAt: on the monotonic clock.
  ///   - wall: the same moment in microseconds UTC.
  package func epoch(ofCallEndedAt endedAt: Int64, at wall: Int64) -> Int64 {
    guard epoch > 0, endedAt < epochKnownSince else { return epoch }
    return isOwnEpoch || wall < epochStartedAt ? epoch - 1 : epoch
  }

  /// The epoch of another entry.
  /// - Parameters:
  ///   - position: its place in the batch.
  ///   - wall: when it happened, in microseconds UTC.
  package func epoch(ofEntryAt position: Int, at wall: Int64) -> Int64 {
    guard epoch > 0 else { return epoch }
    if let resetPosition { return position < resetPosition ? epoch - 1 : epoch }
    return isNewEpoch && wall < epochStartedAt ? epoch - 1 : epoch
  }
}
