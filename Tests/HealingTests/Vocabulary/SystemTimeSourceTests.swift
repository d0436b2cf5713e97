import Foundation
import Glibc
import Healing
import HealingTestSupport
import Testing

@Suite struct SystemTimeSourceTests {
  private func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  @Test func `the monotonic clock counts the time in which the machine is suspended`() {
    let source = SystemTimeSource()
    for _ in 0..<100 {
      let before = read(CLOCK_BOOTTIME)
      let now = source.monotonicNanoseconds()
      #expect(before <= now && now <= read(CLOCK_BOOTTIME))
    }
  }

  /// Whether this process has a timer of the kernel on a clock.
  private func hasTimer(on clock: clockid_t) throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fdinfo").contains { descriptor in
      // Another test may have closed it since.
      let text = try? String(contentsOfFile: "/proc/self/fdinfo/\(descriptor)", encoding: .utf8)
      return text?.components(separatedBy: "\n").contains("clockid: \(clock)") ?? false
    }
  }

  @Test func `waits use the same clock`() async throws {
    let sleeper = Task { try await SystemTimeSource().sleep(for: .seconds(3_600)) }
    defer { sleeper.cancel() }
    var isFound = false
    for _ in 0..<1_000 where !isFound {
      isFound = try hasTimer(on: CLOCK_BOOTTIME)
      await pause()
    }
    #expect(isFound)
  }
}
