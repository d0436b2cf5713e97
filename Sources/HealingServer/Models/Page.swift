import Healing

/// A page of a list that is ordered by component: a limited number of entries after a name.
struct Page {
  /// Default number of entries.
  static let standardLimit = 1_000
  private static let limits = 1...10_000

  private let limit: Int
  private let after: String?

  /// Reads `limit` and `after`; invalid values are recorded with the reader.
  init(_ query: FieldReader) {
    limit = query.integer("limit", default: Self.standardLimit, in: Self.limits)
    after = query.optionalComponent("after")?.text
  }

  /// - Parameter size: bytes that an entry takes in the response. Entries that would make it too long are left
  ///   for the next page.
  /// - Returns: the entries, and the name to continue after when there are more.
  func select<Item>(
    _ items: [Item], by component: (Item) -> ComponentName, size: (Item) -> Int = { _ in 0 }
  ) -> (items: [Item], next: String?) {
    var named = items.map { (name: component($0).text, item: $0) }
    if let after { named.removeAll { $0.name <= after } }
    named.sort { $0.name < $1.name }
    var bytes = 0
    let page = named.prefix(limit).enumerated().prefix { index, entry in
      bytes += size(entry.item)
      return index == 0 || bytes <= JSONText.longestAnswer
    }.map(\.element)
    return (page.map(\.item), named.count > page.count ? page.last?.name : nil)
  }
}
