import Testing

@testable import Healing

@Suite struct HealthWindowTests {
  private let second: Int64 = 1_000_000_000

  /// The same sums from a plain list of calls.
  private struct Model {
    var calls: [(at: Int64, failed: Bool, duration: Int64)] = []

    /// Bucket limits are counted from the start; a bucket leaves as a whole.
    func sums(at now: Int64, bucket: Int64) -> (failures: Int, total: Int, duration: Int64) {
      let oldest = now / bucket - 29
      let inside = calls.filter { $0.at / bucket >= oldest }
      return (inside.count { $0.failed }, inside.count, inside.reduce(0) { $0 + $1.duration })
    }
  }

  @Test func `agrees with a list of calls over random times`() {
    for seed in 0..<20 as Range<UInt64> {
      var generator = SplitMix64(seed: seed)
      var window = HealthWindow(length: 300 * second, at: 0)
      var model = Model()
      var now: Int64 = 0
      for _ in 0..<2_000 {
        now += Int64.random(
          in: 0...(Bool.random(using: &generator) ? second : 40 * second), using: &generator)
        let failed = Bool.random(using: &generator)
        let duration = Int64.random(in: 0...second, using: &generator)
        window.add(failed: failed, duration: duration, at: now)
        model.calls.append((now, failed, duration))
        let summary = window.summary(at: now)
        let sums = model.sums(at: now, bucket: 10 * second)
        guard
          summary.failures == sums.failures, summary.total == sums.total,
          summary.durationSumNanoseconds == sums.duration
        else {
          Issue.record("seed \(seed), at \(now): \(summary) instead of \(sums)")
          return
        }
      }
    }
  }

  @Test func `a window restored from a ledger is placed by age`() {
    var window = HealthWindow(length: 300 * second, at: 0)
    var old = HealthWindow.Summary()
    old.failures = 3
    window.restore(old, age: 100 * second)
    window.restore(old, age: 400 * second)
    #expect(window.summary(at: 0).failures == 3)
    #expect(window.summary(at: 150 * second).failures == 3)
    #expect(window.summary(at: 210 * second).failures == 0)
  }
}
