import HealingServer

/// Finds duplicate names in a list of the configuration: a later entry would silently replace an earlier one.
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

  /// - Parameter name: name of the next entry; `nil` when it is invalid, and the error is recorded.
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
