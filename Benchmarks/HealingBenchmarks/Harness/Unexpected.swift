/// A scenario did not do what it is meant to measure; its figures would mean nothing.
struct Unexpected: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
