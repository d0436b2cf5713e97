import Synchronization

/// The name of a component: 1…200 characters of letters, digits and `_ - . : /`.
///
/// Names are interned once per process, so that the per-call path carries and compares a small
/// integer instead of a string.
public struct ComponentName: Sendable, Hashable {
  /// Index into the process's table of names, from 0 without holes.
  public let index: UInt32

  /// The most characters a name may have.
  public static let maximumLength = 200
  /// The most different names a process keeps. Later ones share ``overflow``.
  public static let maximumCount = 65_536
  /// Stands in for every name past ``maximumCount``, so that names made from data cannot eat the memory.
  public static let overflow = ComponentName(index: 0)

  /// Takes a name as it comes. A character that is not allowed becomes `_`, an empty name becomes `_`,
  /// and what is over the length is cut: a bad name must not fail the call it labels. Where a person
  /// can still correct the name, use ``init(validating:)``.
  public init(_ name: String) {
    self.index = Self.table.index(of: name)
  }

  /// Takes a name only when it is valid.
  /// - Throws: ``InvalidComponentName``.
  public init(validating name: String) throws(InvalidComponentName) {
    guard Self.isValid(name) else { throw InvalidComponentName(name: name) }
    self.init(name)
  }

  /// The name as text.
  public var text: String { Self.table.name(at: index) }

  /// From an index that another name of this process gave.
  package init(index: UInt32) { self.index = index }

  package static func isValid(_ name: String) -> Bool {
    (1...maximumLength).contains(name.utf8.count) && name.utf8.allSatisfy(isAllowed)
  }

  static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: ":"), UInt8(ascii: "/"):
      true
    default: false
    }
  }

  private static let table = ComponentNameTable()
}

extension ComponentName: ExpressibleByStringLiteral, CustomStringConvertible, Comparable {
  /// Same as ``init(_:)``.
  public init(stringLiteral value: String) { self.init(value) }

  /// The name as text.
  public var description: String { text }

  /// Orders by text.
  public static func < (a: ComponentName, b: ComponentName) -> Bool { a.text < b.text }
}

extension ComponentName: Codable {
  /// Reads a string and validates it.
  public init(from decoder: any Decoder) throws {
    try self.init(validating: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// A component name that is empty, too long or has a character that is not allowed.
public struct InvalidComponentName: Error, CustomStringConvertible {
  /// The name as given.
  public let name: String

  /// One line with the rule.
  public var description: String {
    "'\(name.prefix(80))' is no component name: use 1 to \(ComponentName.maximumLength) letters, digits, _ - . : /"
  }
}

/// The names of this process by index and back. Names are never removed; their number is bounded.
private final class ComponentNameTable: Sendable {
  private struct State {
    var names = ["healing:too-many-components"]
    var indices: [String: UInt32] = ["healing:too-many-components": 0]
  }
  private let state = Lock(State())

  func index(of raw: String) -> UInt32 {
    let name = ComponentName.isValid(raw) ? raw : Self.sanitized(raw)
    let index = state.withLock { state -> UInt32? in
      if let index = state.indices[name] { return index }
      guard state.names.count < ComponentName.maximumCount else { return nil }
      let index = UInt32(state.names.count)
      state.names.append(name)
      state.indices[name] = index
      return index
    }
    return index ?? ComponentName.overflow.index
  }

  func name(at index: UInt32) -> String {
    state.withLock { $0.names[Int(index)] }
  }

  private static func sanitized(_ name: String) -> String {
    let kept = name.unicodeScalars.prefix(ComponentName.maximumLength).map { scalar in
      scalar.isASCII && ComponentName.isAllowed(UInt8(scalar.value)) ? Character(scalar) : "_"
    }
    return kept.isEmpty ? "_" : String(kept)
  }
}
