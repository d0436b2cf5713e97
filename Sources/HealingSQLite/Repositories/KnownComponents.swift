import Healing

/// The components of a batch. Each has a position, by which rows and roll-ups refer to it.
struct KnownComponents {
  private var names: [ComponentName] = []
  /// Components by position; `nil` when SQLite has refused the component.
  private var known: [ComponentTable.Known?] = []
  private var positions: [ComponentName: UInt32] = [:]
  /// Positions by number of the ``ComponentSlot``, because every sample looks up its component; -1 for slots
  /// without a sample in the batch.
  private var positionsOfSlots: [Int32] = []

  func position(of name: ComponentName) -> UInt32? { positions[name] }

  func position(ofSlot slot: UInt32) -> UInt32? {
    guard Int(slot) < positionsOfSlots.count else { return nil }
    return UInt32(exactly: positionsOfSlots[Int(slot)])
  }

  func name(at position: UInt32) -> ComponentName { names[Int(position)] }

  /// The component at a position.
  subscript(position: UInt32) -> ComponentTable.Known? {
    get { known[Int(position)] }
    set { known[Int(position)] = newValue }
  }

  /// Gives a component the next position.
  @discardableResult
  mutating func add(_ name: ComponentName, _ component: ComponentTable.Known?) -> UInt32 {
    let position = UInt32(names.count)
    names.append(name)
    known.append(component)
    positions[name] = position
    return position
  }

  /// Assigns the samples of a slot to the component at a position.
  mutating func add(slot: UInt32, at position: UInt32) {
    let missing = Int(slot) + 1 - positionsOfSlots.count
    if missing > 0 { positionsOfSlots += repeatElement(-1, count: missing) }
    positionsOfSlots[Int(slot)] = Int32(position)
  }
}
