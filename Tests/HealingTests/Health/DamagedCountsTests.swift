import Testing

@testable import Healing

/// Sums stop at the end of their range, whatever they are given.
@Suite struct DamagedCountsTests {
  private var extreme: CallCounts {
    var counts = CallCounts()
    (counts.successes, counts.failures, counts.rejected) = (.max, .max, .max)
    (counts.cancelled, counts.callerErrors, counts.stale) = (.max, .max, .max)
    (counts.rejectedByCircuit, counts.rejectedByBulkhead) = (.max, .max)
    (counts.durationSumMicroseconds, counts.durationMaxMicroseconds) = (.max, .max)
    counts.histogram = DurationHistogram(counts: Array(repeating: .max, count: 6)) ?? DurationHistogram()
    return counts
  }

  @Test func `counts of calls`() {
    var counts = extreme
    counts.add(extreme)
    for outcome in CallOutcome.allCases {
      for reason in RejectionReason.allCases {
        counts.add(outcome, microseconds: .max, isStale: true, rejection: reason)
      }
    }
    counts.failuresInRow = 0
    #expect(counts == extreme)
    #expect(counts.total == .max)
    #expect(ComponentRates(component: "a", counts: counts).totalRequests == .max)
  }

  @Test func `an in-memory ledger`() async throws {
    let ledger = InMemoryLedger()
    for _ in 0..<3 {
      ledger.record(.sample(HealthSample(component: "a", at: Timestamp(microseconds: .max), counts: extreme)))
      ledger.record(
        .recovery(
          RecoveryRecord(
            id: ledger.makeID(), at: Timestamp(microseconds: .min), component: "a", operation: "o",
            action: .retry,
            outcome: .succeeded, attempts: .max, duration: .seconds(Int64.max), occurrences: .max)))
    }
    #expect(try await ledger.recoveries.statistics(.all, component: nil).overall.totalRecoveries == .max)
    #expect(try await ledger.samples.rates(.all, component: "a").first?.failedRequests == .max)
  }

  @Test(arguments: [Int64.min, -1, 0, .max])
  func `a window restored from a ledger`(value: Int64) async throws {
    let bucket = HealthWindowBucket(
      component: "a", start: Timestamp(microseconds: value), successes: value, failures: value,
      criticalErrors: value, durationSumMicroseconds: value)
    let now = Timestamp(microseconds: 1_767_225_600_000_000)
    var state = ComponentState(policy: .standard, at: 0)
    state.restore(Array(repeating: bucket, count: 30), wall: now)
    let summary = state.window.summary(at: 0)
    #expect(summary.meanDuration >= .zero && summary.total >= 0 && (0...1).contains(summary.errorRate))
    let judged = HealthOptions.standard.summary(of: Array(repeating: bucket, count: 30), at: now)
    #expect(judged.meanDuration >= .zero && (0...1).contains(judged.errorRate))
  }

  @Test func `times outside the calendar are formatted as its ends`() {
    #expect(Timestamp(microseconds: .max).iso8601 == "9999-12-31T23:59:59.999999Z")
    #expect(Timestamp(microseconds: .min).iso8601 == "1583-01-01T00:00:00.000000Z")
    #expect(Timestamp(microseconds: -1).iso8601 == "1969-12-31T23:59:59.999999Z")
    #expect(Timestamp(microseconds: .max) - Timestamp(microseconds: .min) == .microseconds(Int64.max))
  }
}
