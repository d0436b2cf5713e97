import Glibc
import HealingTestSupport
import Testing

@testable import Healing

/// The time of detection is proportional to the length of a text, whatever its contents.
///
/// The two lengths are measured in turns, in processor time of the thread. The median of the ratios decides: a virtual
/// machine that changes its speed between two runs changes the ratio of that pair only.
@Suite(.serialized) struct DetectionGrowthTests {
  /// In bytes; the classifier reads at least twice as many.
  private static let length = 4_096
  private static let runs = 5
  /// Twice the length takes at most so many times the time.
  private static let growth = 2.5

  @Test(arguments: HostilePattern.all)
  func `the time of redaction is proportional to the length`(pattern: HostilePattern) {
    expectGrowth(of: pattern) { Redactor.redact($0).utf8.count }
  }

  @Test(arguments: HostilePattern.all)
  func `the time of a fingerprint is proportional to the length`(pattern: HostilePattern) {
    expectGrowth(of: pattern) { Fingerprint(type: $0, message: $0, category: .api).text.utf8.count }
  }

  @Test(arguments: HostilePattern.all)
  func `the time to find words and waits is proportional to the length`(pattern: HostilePattern) {
    expectGrowth(of: pattern) { RetryAfterText.find(in: $0) == nil ? 0 : 1 }
  }

  @Test(arguments: HostilePattern.all)
  func `the time of classification is proportional to the length`(pattern: HostilePattern) {
    expectGrowth(of: pattern) {
      TextClassifier.shared.classify(ErrorEvidence(type: $0, message: $0, code: $0)).rule.utf8.count
    }
  }

  @Test(arguments: Sweep.share(of: HostilePattern.all, every: 40))
  func `text after 64 kB is not scanned`(pattern: HostilePattern) {
    let long = pattern.text(ofLength: 4 * TextWindow.length)
    let window = pattern.text(ofLength: TextWindow.length + 256)
    let ratio = ratio(of: long, to: window, runs: 3, within: 1.5) {
      let context = ErrorDetector().detect(
        ErrorEvidence(type: $0, message: $0, code: $0), component: "growth", operation: $0, requestID: $0,
        userID: $0)
      return context.message.utf8.count
    }
    #expect(ratio <= 1.5)
  }

  @Test func `there are 60 patterns`() {
    #expect(Set(HostilePattern.all.map(\.description)).count >= 60)
  }

  private func expectGrowth(of pattern: HostilePattern, _ body: (String) -> Int) {
    let ratio = ratio(
      of: pattern.text(ofLength: 2 * Self.length), to: pattern.text(ofLength: Self.length), runs: Self.runs,
      within: Self.growth, body)
    #expect(ratio <= Self.growth, "\(pattern)")
  }

  /// Returns the median ratio of the times of two texts. While it is past `limit`, up to twelve times as many runs are
  /// made. Time that grows with the square has the ratio 4.
  private func ratio(
    of long: String, to short: String, runs: Int, within limit: Double, _ body: (String) -> Int
  ) -> Double {
    var sum = body(short)
    // Short runs are repeated: a clock's tick must not decide.
    let once = (0..<3).map { _ in processorTime { sum &+= body(short) } }.min() ?? 1
    let repeats = max(1, 200_000 / max(once, 1))
    var ratios: [Double] = []
    while ratios.count < runs || (ratios.count < 12 * runs && Self.median(of: ratios) > limit) {
      let first = processorTime { for _ in 0..<repeats { sum &+= body(short) } }
      let second = processorTime { for _ in 0..<repeats { sum &+= body(long) } }
      ratios.append(Double(second) / Double(max(first, 1)))
    }
    #expect(sum != .min)
    return Self.median(of: ratios)
  }

  private static func median(of values: [Double]) -> Double { values.sorted()[values.count / 2] }

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
