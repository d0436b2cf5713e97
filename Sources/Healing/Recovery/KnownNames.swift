/// The names of the components that an engine knows: those of the ledger and those that it has made. Past the
/// limit a new name is refused. A pure value.
struct KnownNames: Sendable {
  private var names: Set<ComponentName> = []
  /// The number of names at which a new one is refused.
  var limit: Int

  init(limit: Int) { self.limit = limit }

  var count: Int { names.count }

  func contains(_ name: ComponentName) -> Bool { names.contains(name) }

  /// Adds a name unless it is new and the limit is reached.
  /// - Returns: whether the name is known now.
  mutating func admit(_ name: ComponentName) -> Bool { firstRefused(of: [name]) == nil }

  /// Adds all of the names, or no name when the new ones exceed the limit.
  /// - Returns: the first name past the limit; `nil` when all are known now.
  mutating func firstRefused(of wanted: some Sequence<ComponentName>) -> ComponentName? {
    var new: Set<ComponentName> = []
    for name in wanted where !names.contains(name) && new.insert(name).inserted {
      if names.count + new.count > limit { return name }
    }
    names.formUnion(new)
    return nil
  }

  /// Adds a name whatever the limit: one that the ledger knows, or that is still in use.
  mutating func insert(_ name: ComponentName) { names.insert(name) }

  /// - Returns: whether the name was known.
  mutating func remove(_ name: ComponentName) -> Bool { names.remove(name) != nil }
}
