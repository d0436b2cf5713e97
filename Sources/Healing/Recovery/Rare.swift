/// A value that is large and mostly not there: it takes the room of a pointer until it is.
indirect enum Rare<Value: Sendable>: Sendable {
  case none
  case some(Value)

  init(_ value: Value?) { self = value.map(Self.some) ?? .none }

  var value: Value? { if case .some(let value) = self { value } else { nil } }
}
