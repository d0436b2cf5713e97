/// What fails in the scenarios.
struct Trouble: Error, CustomStringConvertible {
  let description = "dial tcp 10.0.0.7:443: connect: connection refused"
}
