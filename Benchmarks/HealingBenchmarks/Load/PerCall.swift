import Healing
import HealingSQLite

/// What the per-call scenarios share.
enum PerCall {
  /// Everything a call can go through on success: retry, breaker, health.
  static let policy = ComponentPolicy.standard

  /// The least that any wrapper pays: the closure awaited bare, between two readings of the clock.
  static func bare(_ body: @escaping @Sendable () async throws -> Int) -> Contender {
    Contender(name: "bare closure and two clock readings") { calls in
      try await bareLoop(body, calls)
    }
  }

  static func bareLoop(_ body: () async throws -> Int, _ calls: Int) async throws {
    let time = SystemTimeSource()
    var sum = 0
    for _ in 0..<calls {
      let start = time.monotonicNanoseconds()
      sum &+= try await body()
      sum &+= Int(truncatingIfNeeded: time.monotonicNanoseconds() &- start)
    }
    consume(sum)
  }
}
