package import Healing

/// The components of a batch. Each has a position, by which rows and roll-ups refer to it.
package struct ComponentIDCache {
  private var names: [ComponentName] = []
  /// Components by position; `nil` when the store has refused the component.
  private var known: [KnownComponent?] = []
  private var positions: [ComponentName: UInt32] = [:]
  /// Positions by number of the ``ComponentSlot``, because every sample looks up its component; -1 for slots
  /// without a sample in the batch.
  private var positionsOfSlots: [Int32] = []

  package init() {}

  package func position(of name: ComponentName) -> UInt32? { positions[name] }

  package func position(ofSlot slot: UInt32) -> UInt32? {
    guard Int(slot) < positionsOfSlots.count else { return nil }
    return UInt32(exactly: positionsOfSlots[Int(slot)])
  }

  package func name(at position: UInt32) -> ComponentName { names[Int(position)] }

  /// The component at a position.
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

  /// Assigns the samples of a slot to the component at a position.
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
  /// Start of the epoch in microseconds UTC.
  package var epochStartedAt: Int64
  package var isForgotten = false
  /// Calls that ended at or after this time on the monotonic clock belong to this epoch.
  package var epochKnownSince = Int64.min
  /// Whether this process started the epoch: calls that ended before it then belong to the previous epoch.
  /// Otherwise the wall clock decides.
  package var isOwnEpoch = false
  /// Whether this batch is the first to see the epoch.
  package var isNewEpoch = false
  /// Position in the batch of the reset that started the epoch.
  package var resetPosition: Int?

  package init(id: Int64, epoch: Int64, epochStartedAt: Int64, isForgotten: Bool = false) {
    self.id = id
    self.epoch = epoch
    self.epochStartedAt = epochStartedAt
    self.isForgotten = isForgotten
  }

  /// Returns the epoch of a call.
  /// - Parameters:
  ///   - endedAt: end of the call on the monotonic clock.
  ///   - wall: the same moment in microseconds UTC.
  package func epoch(ofCallEndedAt endedAt: Int64, at wall: Int64) -> Int64 {
    guard epoch > 0, endedAt < epochKnownSince else { return epoch }
    return isOwnEpoch || wall < epochStartedAt ? epoch - 1 : epoch
  }

  /// Returns the epoch of another entry.
  /// - Parameters:
  ///   - position: position of the entry in the batch.
  ///   - wall: time of the entry in microseconds UTC.
  package func epoch(ofEntryAt position: Int, at wall: Int64) -> Int64 {
    guard epoch > 0 else { return epoch }
    if let resetPosition { return position < resetPosition ? epoch - 1 : epoch }
    return isNewEpoch && wall < epochStartedAt ? epoch - 1 : epoch
  }
}
