import Healing
import HealingTesting
import Synchronization
import Testing

@Suite struct VirtualTimeTests {
  /// Names in the order in which tasks appended them.
  private final class Names: Sendable {
    private let list = Mutex<[String]>([])
    var all: [String] { list.withLock { $0 } }
    func append(_ name: String) { list.withLock { $0.append(name) } }
  }

  @Test func `only advance moves the clocks, and both by the same duration`() {
    let time = VirtualTime(jumps: false)
    let (monotonic, wall) = (time.monotonicNanoseconds(), time.wallClock())
    #expect(time.monotonicNanoseconds() == monotonic)
    time.advance(by: .milliseconds(1_500))
    #expect(time.monotonicNanoseconds() - monotonic == 1_500_000_000)
    #expect(time.wallClock() - wall == .milliseconds(1_500))
    time.advance(by: .seconds(-9))
    #expect(time.monotonicNanoseconds() - monotonic == 1_500_000_000)
    time.jumpWall(by: .seconds(-9))
    #expect(time.monotonicNanoseconds() - monotonic == 1_500_000_000)
    #expect(time.wallClock() - wall == .milliseconds(-7_500))
  }

  @Test func `the longest durations do not overflow`() async throws {
    let time = VirtualTime()
    let ages = Duration.seconds(Int64.max)
    time.advance(by: ages)
    try await time.sleep(for: ages)
    #expect(time.monotonicNanoseconds() == .max)
    #expect(time.slept == [ages])
  }

  @Test func `a jumping source moves by each sleep`() async throws {
    let time = VirtualTime()
    let wall = time.wallClock()
    try await time.sleep(for: .seconds(2))
    try await time.sleep(for: .seconds(3))
    #expect(time.slept == [.seconds(2), .seconds(3)])
    #expect(time.wallClock() - wall == .seconds(5))
  }

  @Test func `sleepers wake when their end is reached, the earliest first`() async throws {
    let time = VirtualTime(jumps: false)
    let names = Names()
    try await withThrowingTaskGroup { group in
      for (name, seconds) in [("last", 30), ("second", 20), ("first", 10)] {
        let begun = time.slept.count
        group.addTask {
          try await time.sleep(for: .seconds(seconds))
          names.append(name)
        }
        await time.waitForSleepers(begun + 1)
      }
      for (count, seconds) in [(0, 9), (1, 1), (2, 10), (3, 10)] {
        time.advance(by: .seconds(seconds))
        while names.all.count < count { try await Task.sleep(for: .milliseconds(1)) }
      }
      try await group.waitForAll()
    }
    #expect(names.all == ["first", "second", "last"])
  }

  @Test func `a cancelled sleeper throws, and a cancelled wait for sleepers ends`() async {
    let time = VirtualTime(jumps: false)
    let sleeper = Task { try await time.sleep(for: .seconds(10)) }
    await time.waitForSleepers()
    sleeper.cancel()
    await #expect(throws: CancellationError.self) { try await sleeper.value }
    let waiter = Task { await time.waitForSleepers(2) }
    waiter.cancel()
    await waiter.value
  }
}
