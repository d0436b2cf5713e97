/// A large value that is usually absent. Absent, it takes the space of a pointer.
indirect enum Rare<Value: Sendable>: Sendable {
  case none
  case some(Value)

  init(_ value: Value?) { self = value.map(Self.some) ?? .none }

  var value: Value? { if case .some(let value) = self { value } else { nil } }
}
