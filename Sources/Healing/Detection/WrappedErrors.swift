import Foundation

/// Finds the errors inside an error: in an `NSError`'s user info, in the stored properties of a struct, and in the
/// payload of an enumeration case. Other classes than `NSError` are not read, because another thread may be
/// changing them.
enum WrappedErrors {
  /// Maximum number of levels read below the error itself.
  static let depth = 4
  /// Maximum number of errors read below the error itself.
  static let limit = 16
  /// Maximum number of values read in one error, and of levels of structs, tuples and collections between an error
  /// and one inside it.
  private static let (valueLimit, valueDepth) = (256, 3)

  /// Returns the error, then the errors inside it, breadth first: at most ``limit`` of them, ``depth`` levels down.
  static func chain(of error: any Error) -> [any Error] {
    var chain = [error]
    var level = 0..<1
    for _ in 0..<depth where !level.isEmpty {
      for index in level { chain += inside(chain[index]).prefix(limit + 1 - chain.count) }
      level = level.upperBound..<chain.count
    }
    return chain
  }

  /// Returns the errors that an error directly contains, at most ``limit``.
  static func inside(_ error: any Error) -> [any Error] {
    guard ErrorTraits.of(error).canHoldErrors else { return [] }
    var found: [any Error] = []
    if ErrorTraits.of(error).isClass {
      add((error as NSError).userInfo, to: &found)
    } else {
      if let error = error as? any CustomNSError { add(error.errorUserInfo, to: &found) }
      if !ErrorTraits.of(error).isURLError && !foundationTypes.contains(ObjectIdentifier(type(of: error))) {
        var unread = valueLimit
        collect(from: error, valueDepth, &unread, into: &found)
      }
    }
    return found
  }

  private static func add(_ userInfo: [String: Any], to found: inout [any Error]) {
    if let error = userInfo[NSUnderlyingErrorKey] as? any Error { found.append(error) }
    // Foundation on Linux does not declare this key.
    if let errors = userInfo["NSMultipleUnderlyingErrorsKey"] as? [any Error] {
      found += errors.prefix(limit - found.count)
    }
  }

  private static func collect(
    from value: Any, _ levels: Int, _ unread: inout Int, into found: inout [any Error]
  ) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .struct, .enum, .tuple, .optional, .collection, .dictionary: break
    default: return
    }
    for (_, value) in mirror.children {
      guard unread > 0 && found.count < limit else { return }
      unread -= 1
      if leaves.contains(ObjectIdentifier(type(of: value))) { continue }
      if let error = value as? any Error {
        found.append(error)
      } else if levels > 0 {
        collect(from: value, levels - 1, &unread, into: &found)
      }
    }
  }

  // MARK: Types without errors inside

  /// Returns whether some value of an error's type may contain an error, judged by one value of the type.
  static func canHold(_ error: any Error) -> Bool {
    if error is any CustomNSError { return true }
    return type(of: error) is AnyClass ? type(of: error) is NSError.Type : !isClosed(error)
  }

  /// Returns whether no value of this value's type contains an error. That is true of structs whose properties all
  /// have such types.
  ///
  /// A property of type `Any` may hold a string in one value and an error in another. The size reveals such a
  /// property: only properties of exactly the observed types fill the struct. A struct as large as an existential
  /// could be the content of one, so it counts as open.
  private static func isClosed(_ value: Any) -> Bool {
    let type = type(of: value)
    if leaves.contains(ObjectIdentifier(type)) { return true }
    // Cases of a raw-value enumeration have no payload.
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .enum { return value is any RawRepresentable }
    guard mirror.displayStyle == .struct, !(value is any CustomReflectable) else { return false }
    var size = 0
    for (_, property) in mirror.children {
      guard !(property is any Error), isClosed(property) else { return false }
      let layout = layout(of: property)
      if layout.size >= MemoryLayout<Any>.size { return false }
      size = (size + layout.alignment - 1) / layout.alignment * layout.alignment + layout.size
    }
    return size == layout(of: value).size
  }

  private static func layout(of value: Any) -> (size: Int, alignment: Int) {
    let type: Any.Type = type(of: value)
    return layout(ofType: type)
  }

  private static func layout<Value>(ofType: Value.Type) -> (size: Int, alignment: Int) {
    (MemoryLayout<Value>.size, MemoryLayout<Value>.alignment)
  }

  /// Their stored properties contain only the `NSError` that they bridge.
  private static let foundationTypes: Set<ObjectIdentifier> = [
    ObjectIdentifier(POSIXError.self), ObjectIdentifier(CocoaError.self),
  ]

  private static let leaves: Set<ObjectIdentifier> = {
    var leaves: Set<ObjectIdentifier> = []
    func add<Leaf>(_: Leaf.Type) {
      leaves.insert(ObjectIdentifier(Leaf.self))
      leaves.insert(ObjectIdentifier(Leaf?.self))
      leaves.insert(ObjectIdentifier([Leaf].self))
    }
    add(String.self)
    add(Substring.self)
    add(StaticString.self)
    add(Character.self)
    add(Bool.self)
    add(Double.self)
    add(Float.self)
    add(Int.self)
    add(Int8.self)
    add(Int16.self)
    add(Int32.self)
    add(Int64.self)
    add(UInt.self)
    add(UInt8.self)
    add(UInt16.self)
    add(UInt32.self)
    add(UInt64.self)
    add(Duration.self)
    add(Date.self)
    add(URL.self)
    add(UUID.self)
    add(Data.self)
    add([String: String].self)
    return leaves
  }()
}
