import Healing
import Testing

@Suite struct RetryScheduleTests {
  private func waits(_ options: RetryOptions, seed: UInt64 = 1) -> [Duration] {
    var schedule = RetrySchedule(options: options)
    var generator = SplitMix64(seed: seed)
    var waits: [Duration] = []
    while case .retry(let wait) = schedule.failed(using: &generator) { waits.append(wait) }
    return waits
  }

  @Test func `waits grow by the base up to the limit`() throws {
    let options = RetryOptions(
      maxAttempts: 6, initialDelay: .seconds(1), maxDelay: .seconds(5), base: 2, jitter: .none)
    #expect(waits(options) == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)])
  }

  @Test func `one attempt allows no retry`() throws {
    #expect(waits(RetryOptions(maxAttempts: 1)).isEmpty)
  }

  @Test func `full jitter stays within the wait and follows the seed`() throws {
    let options = RetryOptions(maxAttempts: 10, initialDelay: .milliseconds(100), base: 3)
    #expect(waits(options, seed: 5) == waits(options, seed: 5))
    #expect(waits(options, seed: 5) != waits(options, seed: 6))
    let full = waits(
      RetryOptions(maxAttempts: 10, initialDelay: .milliseconds(100), base: 3, jitter: .none))
    for seed in 0..<50 {
      for (wait, limit) in zip(waits(options, seed: UInt64(seed)), full) {
        #expect(wait >= .zero && wait <= limit)
      }
    }
  }

  @Test func `Retry-After is the lower bound of the wait, also above maxDelay`() throws {
    var schedule = RetrySchedule(options: RetryOptions(maxAttempts: 3, maxDelay: .seconds(2)))
    var generator = SplitMix64(seed: 1)
    let decision = schedule.failed(retryAfter: .seconds(30), using: &generator)
    #expect(decision == .retry(after: .seconds(30)))
  }

  @Test func `a wait longer than allowed ends the schedule`() throws {
    func decision(_ asked: Duration, _ options: RetryOptions) -> RetrySchedule.Decision {
      var schedule = RetrySchedule(options: options)
      var generator = SplitMix64(seed: 1)
      return schedule.failed(retryAfter: asked, using: &generator)
    }
    let short = RetryOptions(maxDelay: .seconds(2))
    #expect(short.maxRetryAfter == .seconds(60))
    #expect(decision(.seconds(60), short) == .retry(after: .seconds(60)))
    #expect(decision(.seconds(61), short) == .waitTooLong)
    #expect(decision(.seconds(12 * 3_600), short) == .waitTooLong)
    let long = RetryOptions(maxDelay: .seconds(300))
    #expect(decision(.seconds(300), long) == .retry(after: .seconds(300)))
    #expect(decision(.seconds(301), long) == .waitTooLong)
    let patient = RetryOptions(maxDelay: .seconds(2), jitter: .none, maxRetryAfter: .seconds(7_200))
    #expect(decision(.seconds(7_200), patient) == .retry(after: .seconds(7_200)))
    // It bounds what others ask for, not the schedule's own waits.
    let proud = RetryOptions(initialDelay: .seconds(5), jitter: .none, maxRetryAfter: .zero)
    #expect(decision(.milliseconds(1), proud) == .waitTooLong)
    #expect(decision(.zero, proud) == .retry(after: .seconds(5)))
  }

  @Test func `extreme options do not overflow`() throws {
    let options = RetryOptions(
      maxAttempts: 10, initialDelay: .seconds(3600), maxDelay: .seconds(86_400), base: 100, jitter: .none)
    #expect(waits(options).last == .seconds(86_400))
  }
}
