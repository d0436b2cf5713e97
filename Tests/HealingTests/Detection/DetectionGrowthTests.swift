import Glibc
import Testing

@testable import Healing

/// What detection does with a text takes time that grows with the text, whatever stands in it.
///
/// Compared is processor time of this thread, the least of many runs at each length in turns: other work on the machine
/// can lengthen a run, never shorten it.
@Suite(.serialized) struct DetectionGrowthTests {
  /// In bytes; twice as much is within what the classifier reads.
  private static let length = 4_096
  private static let runs = 5
  /// Twice the length takes at most so many times the time.
  private static let growth = 2.5

  @Test(arguments: HostilePattern.all)
  func `redacting takes time in line with the length`(pattern: HostilePattern) {
    expectGrowth(of: pattern) { Redactor.redact($0).utf8.count }
  }

  @Test(arguments: HostilePattern.all)
  func `a fingerprint takes time in line with the length`(pattern: HostilePattern) {
    expectGrowth(of: pattern) { Fingerprint(type: $0, message: $0, category: .api).text.utf8.count }
  }

  @Test(arguments: HostilePattern.all)
  func `words and waits are found in time in line with the length`(pattern: HostilePattern) {
    expectGrowth(of: pattern) { RetryAfterText.find(in: $0) == nil ? 0 : 1 }
  }

  @Test(arguments: HostilePattern.all)
  func `classifying takes time in line with the length`(pattern: HostilePattern) {
    expectGrowth(of: pattern) {
      TextClassifier.shared.classify(ErrorEvidence(type: $0, message: $0, code: $0)).rule.utf8.count
    }
  }

  @Test(arguments: Sweep.share(of: HostilePattern.all, every: 40))
  func `past 64 kB nothing is looked at`(pattern: HostilePattern) {
    let long = pattern.text(ofLength: 4 * TextWindow.length)
    let window = pattern.text(ofLength: TextWindow.length + 256)
    let times = leastTimes(window, long, runs: 3, within: 1.5) {
      let context = ErrorDetector().detect(
        ErrorEvidence(type: $0, message: $0, code: $0), component: "growth", operation: $0, requestID: $0,
        userID: $0)
      return context.message.utf8.count
    }
    #expect(Double(times.long) <= 1.5 * Double(times.short), "\(times)")
  }

  @Test func `there are 60 patterns`() {
    #expect(Set(HostilePattern.all.map(\.description)).count >= 60)
  }

  private func expectGrowth(of pattern: HostilePattern, _ body: (String) -> Int) {
    let times = leastTimes(
      pattern.text(ofLength: Self.length), pattern.text(ofLength: 2 * Self.length), runs: Self.runs,
      within: Self.growth, body)
    #expect(Double(times.long) <= Self.growth * Double(times.short), "\(pattern): \(times)")
  }

  /// The least times of some runs. Other work only ever adds to a run, so more runs come nearer to the true times; while
  /// the ratio is past `limit`, up to twelve times as many are made. What grows with the square stays at 4.
  private func leastTimes(
    _ short: String, _ long: String, runs: Int, within limit: Double, _ body: (String) -> Int
  ) -> (short: Int, long: Int) {
    var times = (short: Int.max, long: Int.max)
    var sum = body(short)
    // Short runs are repeated: a clock's tick must not decide.
    let once = processorTime { sum &+= body(short) }
    let repeats = max(1, 200_000 / max(once, 1))
    for run in 0..<(12 * runs) {
      if run >= runs && Double(times.long) <= limit * Double(times.short) { break }
      times.short = min(times.short, processorTime { for _ in 0..<repeats { sum &+= body(short) } })
      times.long = min(times.long, processorTime { for _ in 0..<repeats { sum &+= body(long) } })
    }
    #expect(sum != .min)
    return times
  }

  /// Nanoseconds of this thread's processor time.
  private func processorTime(_ body: () -> Void) -> Int {
    let begin = Self.now
    body()
    return Self.now - begin
  }

  private static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
