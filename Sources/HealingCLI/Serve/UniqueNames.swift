import HealingServer

/// Finds names that a list of the configuration has twice: the later entry would replace the earlier one without a word.
struct UniqueNames {
  private let list: String
  private let key: String
  private let remedy: String
  private var places: [String: Int] = [:]
  private var count = 0

  init(list: String, key: String, remedy: String = "remove one of them") {
    self.list = list
    self.key = key
    self.remedy = remedy
  }

  /// - Parameter name: that of the next entry; `nil` when it is wrong, which has been noted.
  mutating func add(_ name: String?, of keys: FieldReader) {
    defer { count += 1 }
    guard let name else { return }
    if let first = places[name] {
      keys.reject(key, "repeats '\(name)' of \(list)[\(first)]; \(remedy)")
    } else {
      places[name] = count
    }
  }
}
