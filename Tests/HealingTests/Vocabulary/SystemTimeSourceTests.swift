import Glibc
import Healing
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

  @Test func `what waits, waits on that clock, too`() async throws {
    let sleeper = Task { try await SystemTimeSource().sleep(for: .seconds(3_600)) }
    defer { sleeper.cancel() }
    // The timer that the runtime sets is one of the kernel's, and the kernel says of which clock.
    var clocks: Set<String> = []
    for _ in 0..<100_000 where !clocks.contains("\(CLOCK_BOOTTIME)") {
      for descriptor in 0..<256 {
        guard let file = fopen("/proc/self/fdinfo/\(descriptor)", "r") else { continue }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
          let text = line.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } ?? ""
          if text.hasPrefix("clockid: ") { clocks.insert(text.dropFirst(9).filter(\.isNumber)) }
        }
      }
      await Task.yield()
    }
    #expect(clocks.contains("\(CLOCK_BOOTTIME)"))
  }
}
