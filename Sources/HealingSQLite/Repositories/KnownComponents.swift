import Healing

/// Components by ``ComponentName/index``, found by position: every row of a batch asks for its own.
struct KnownComponents {
  private var known: [ComponentTable.Known?] = []

  subscript(index: UInt32) -> ComponentTable.Known? {
    get { Int(index) < known.count ? known[Int(index)] : nil }
    set {
      while known.count <= Int(index) { known.append(nil) }
      known[Int(index)] = newValue
    }
  }

  mutating func removeAll() { known.removeAll(keepingCapacity: true) }
}
