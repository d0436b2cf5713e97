/// The components that an engine knows, by name: those of the ledger and those that it has made. Bounded: past the limit
/// a name that is not among them is refused. A pure state.
struct KnownNames: Sendable {
  private var names: Set<ComponentName> = []
  /// How many there may be before a new one is refused.
  var limit: Int

  init(limit: Int) { self.limit = limit }

  var count: Int { names.count }

  func contains(_ name: ComponentName) -> Bool { names.contains(name) }

  /// Adds a name unless it is new and there is no room.
  /// - Returns: whether it is known now.
  mutating func admit(_ name: ComponentName) -> Bool { firstRefused(of: [name]) == nil }

  /// Adds all of the names, or none when there is no room for those that are new.
  /// - Returns: the first one for which there is no room; `nil` when all are known now.
  mutating func firstRefused(of wanted: some Sequence<ComponentName>) -> ComponentName? {
    var new: Set<ComponentName> = []
    for name in wanted where !names.contains(name) && new.insert(name).inserted {
      if names.count + new.count > limit { return name }
    }
    names.formUnion(new)
    return nil
  }

  /// Adds a name that the ledger knows, or that somebody still uses, whatever the limit.
  mutating func insert(_ name: ComponentName) { names.insert(name) }

  /// - Returns: whether it was known.
  mutating func remove(_ name: ComponentName) -> Bool { names.remove(name) != nil }
}
