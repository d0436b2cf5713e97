import HealingLedger
import Healing
import Testing

@testable import HealingSQLite

/// The order in which the writer reads calls that several stripes hold.
@Suite struct SampleOrderTests {
  private func call(_ end: Int64) -> CallSample {
    CallSample(slot: 1, outcome: .success, durationNanoseconds: 0, endedAt: end)
  }

  @Test(
    arguments: [
      [[1, 4, 5], [2, 3, 6]], [[], [1, 2], [], [0, 3]], [[3], [2], [1]], [[1, 1], [1]], [[]], [],
    ] as [[[Int64]]])
  func `the writer orders calls of all stripes by their end`(ends: [[Int64]]) {
    let ordered = CallsInOrder(ends.map { $0.map(call) }).map(\.endedAt)
    #expect(ordered == ends.flatMap(\.self).sorted())
  }
}
