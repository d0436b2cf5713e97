/// A loopback address that no other test uses: a port that is free there stays free.
enum Loopback {
  static func address() -> String {
    "127.\(Int.random(in: 1...254)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
  }
}
