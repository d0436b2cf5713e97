import Healing
import HealingTestSupport
import Testing

@testable import HealingLedger

/// Which rows calls and errors get when there are more of them than rows per second.
@Suite struct DetailLimiterTests {
  private let time = VirtualTime()
  private let ids = LedgerIDGenerator(node: 1, time: VirtualTime())

  private func call(_ component: ComponentName, _ outcome: CallOutcome = .success) -> CallSample {
    CallSample(
      component: component, outcome: outcome, durationNanoseconds: 2_000_000,
      endedAt: time.monotonicNanoseconds())
  }

  private func error(_ message: String = "down", component: ComponentName = "api", occurrences: Int = 1)
    -> ErrorContext
  {
    ErrorContext(
      id: ids.next(), at: time.wallClock(), component: component, operation: "get",
      classification: ErrorClassification(category: .api, rule: "r"), type: "E", message: message,
      requestID: "r", occurrences: occurrences)
  }

  private func batch(_ calls: [CallSample] = [], _ entries: [LedgerEntry] = []) -> WriteQueue.Batch {
    var content = SampleStripe.Content()
    content.calls = calls
    var queue = EntryQueue()
    for entry in entries { queue.append(entry, at: time.monotonicNanoseconds()) }
    return WriteQueue.Batch(stripes: [content], queue: queue, flushes: [], epochs: EpochMemory())
  }

  /// The batch that the writer writes. The uptime is that of the virtual clock.
  private func limited(
    _ limiter: inout DetailLimiter, _ calls: [CallSample] = [], _ entries: [LedgerEntry] = [],
    all: Bool = false, uptime: UInt64? = nil
  ) -> WriteQueue.Batch {
    var batch = batch(calls, entries)
    limiter.limit(
      &batch, ClockReading(time), at: uptime ?? UInt64(time.monotonicNanoseconds()), all: all)
    return batch
  }

  // MARK: Calls

  @Test func `a component within its rows has a row for each call, at once`() {
    var limiter = DetailLimiter(WritePace(callRows: 2))
    for _ in 0..<3 {
      let rows = limited(&limiter, [call("a"), call("a"), call("b")]).rows
      #expect(rows.map(\.counts.total) == [1, 1, 1])
      #expect(limiter.events == 0 && limiter.dueAt == nil)
      time.advance(by: .seconds(1))
    }
  }

  @Test func `a busy component has one row for each second, and a new second is held from its first call`() {
    var limiter = DetailLimiter(WritePace(callRows: 1))
    var totals: [Int64] = []
    for _ in 0..<40 {
      totals += limited(&limiter, (0..<5).map { _ in call("a") }).rows.map(\.counts.total)
      time.advance(by: .milliseconds(100))
    }
    #expect(totals == [50, 50, 50])
    #expect(limiter.events == 50)
    #expect(limited(&limiter).rows.map(\.counts.total) == [50])
    #expect(limiter.events == 0 && limiter.dueAt == nil)
  }

  @Test func `a correction of executions finds the calls that it corrects in its batch`() {
    var limiter = DetailLimiter(WritePace(callRows: 1))
    let lost = call("a", .failure)
    #expect(limited(&limiter, [lost, call("a"), call("a")]).rows.isEmpty)
    var correction = HealthSample(component: "a", at: time.wallClock(), counts: CallCounts())
    var corrections = ExecutionCorrections()
    corrections.lost = 1
    correction.executions.corrections = [corrections]
    let batch = limited(&limiter, [], [.sample(correction)])
    #expect(batch.rows.map(\.counts.total) == [3])
    #expect(limiter.events == 0)
  }

  @Test func `a call from before a reset that an earlier batch had has its own row`() {
    var limiter = DetailLimiter(WritePace(callRows: 1))
    let before = call("a", .failure)
    time.advance(by: .milliseconds(10))
    _ = limited(&limiter, [], [.metricsReset("a", at: time.wallClock())])
    let after = call("a")
    let rows = limited(&limiter, [before, after, after], all: true).rows
    #expect(rows.map(\.counts.failures) == [1, 0])
    #expect(rows.map(\.counts.successes) == [0, 2])
  }

  @Test func `corrections past the capacity of the queue are summed by minute`() {
    var queue = EntryQueue()
    let count = EntryQueue.hardCapacity + 1_000
    for index in 0..<count {
      var correction = HealthSample(
        component: "a", at: Timestamp(microseconds: Int64(index % 2) * 60_000_000), counts: CallCounts())
      var corrections = ExecutionCorrections()
      corrections.lost = 1
      correction.executions.corrections = [corrections]
      queue.append(.sample(correction))
    }
    var found: Int64 = 0
    for case .sample(let sample) in queue.all {
      found += sample.executions.corrections.reduce(0) { $0 + $1.lost }
    }
    #expect(found == Int64(count) && queue.gaps.isEmpty)
    #expect(queue.all.count == EntryQueue.hardCapacity + 2)
  }

  @Test func `a second that becomes busy has its first calls in their rows and the others in one`() {
    var limiter = DetailLimiter(WritePace(callRows: 1))
    #expect(limited(&limiter, [call("a")]).rows.count == 1)
    time.advance(by: .milliseconds(300))
    #expect(limited(&limiter, [call("a"), call("a")]).rows.isEmpty)
    #expect(limiter.events == 2)
    time.advance(by: .milliseconds(700))
    #expect(limited(&limiter).rows.map(\.counts.total) == [2])
  }

  @Test func `a merged row has exact counts, and the time of its last call`() {
    var limiter = DetailLimiter(WritePace(callRows: 1))
    let first = call("a", .failure)
    time.advance(by: .milliseconds(400))
    let second = CallSample(
      slot: first.slot, outcome: .success, isExtra: true, ended: .saved, durationNanoseconds: 30_000_000,
      endedAt: time.monotonicNanoseconds())
    let last = time.wallClock()
    #expect(limited(&limiter, [first, second]).rows.isEmpty)
    time.advance(by: .milliseconds(700))
    let rows = limited(&limiter).rows
    #expect(rows.count == 1)
    #expect(rows.first?.at == last.microseconds)
    let counts = rows.first?.counts ?? CallCounts()
    #expect(counts.successes == 1 && counts.failures == 1 && counts.failuresInRow == 0)
    #expect(counts.durationSumMicroseconds == 32_000 && counts.durationMaxMicroseconds == 30_000)
    #expect(counts.histogram.counts == [0, 1, 1, 0, 0, 0])
    #expect(rows.first?.executions.extraAttempts == 1 && rows.first?.executions.saved == 1)
  }

  @Test func `no row spans two seconds, however calls and batches fall`() {
    var limiter = DetailLimiter(WritePace(callRows: 0))
    var calls: [CallSample] = []
    for _ in 0..<35 {
      calls.append(call("a"))
      time.advance(by: .milliseconds(100))
    }
    var rows = limited(&limiter, calls).rows
    rows += limited(&limiter, all: true).rows
    #expect(rows.map(\.counts.total) == [10, 10, 10, 5])
    #expect(Set(rows.map { $0.at / 1_000_000 }).count == 4)
  }

  @Test func `a flush takes what is held, and the second's later calls get another row`() {
    var limiter = DetailLimiter(WritePace(callRows: 1))
    #expect(limited(&limiter, [call("a"), call("a")]).rows.isEmpty)
    #expect(limited(&limiter, [call("a")], all: true).rows.map(\.counts.total) == [3])
    #expect(limited(&limiter, [call("a")]).rows.isEmpty)
    time.advance(by: .seconds(1))
    #expect(limited(&limiter).rows.map(\.counts.total) == [1])
  }

  @Test func `nothing is held longer than a second, even when the clock stands still`() {
    var limiter = DetailLimiter(WritePace(callRows: 1, errorRows: 1))
    let begin: UInt64 = 5_000_000_000
    let held = limited(
      &limiter, [call("a"), call("a")], [.error(error()), .error(error())], uptime: begin)
    #expect(held.rows.isEmpty && held.errors.isEmpty && limiter.events == 3)
    #expect(limiter.heldSince == begin)
    #expect(limiter.dueAt.map { $0 > begin && $0 <= begin + DetailLimiter.longestHold } == true)
    #expect(limited(&limiter, uptime: begin + 999_999_999).rows.isEmpty)
    let due = limited(&limiter, uptime: begin + 1_000_000_000)
    #expect(due.rows.count == 1 && due.errors.count == 1 && limiter.events == 0)
  }

  @Test func `a reset of metrics takes what is held, and calls around it keep their own rows`() {
    var limiter = DetailLimiter(WritePace(callRows: 1, errorRows: 1))
    _ = limited(&limiter, [call("a"), call("a")], [.error(error()), .error(error())])
    let reset = limited(
      &limiter, [call("a"), call("a"), call("a")], [.metricsReset("a", at: time.wallClock())])
    #expect(reset.rows.map(\.counts.total) == [2])
    #expect(reset.errors.count == 1)
    #expect(reset.stripes.map(\.calls.count) == [3])
    #expect(reset.queue.resets["a"]?.position == 0)
  }

  @Test func `what a component holds does not need its slot`() {
    var limiter = DetailLimiter(WritePace(callRows: 0))
    _ = limited(&limiter, [call("a")])
    time.advance(by: .seconds(1))
    #expect(limited(&limiter).rows.map(\.component) == ["a"])
    // Components without calls are forgotten, and known again with their next call.
    time.advance(by: .seconds(5))
    _ = limited(&limiter, [call("b")])
    time.advance(by: .seconds(5))
    #expect(limited(&limiter, [call("a")], all: true).rows.map(\.component) == ["b", "a"])
  }

  @Test func `the end of an execution needs no row`() {
    var limiter = DetailLimiter(WritePace(callRows: 1))
    let one = call("a")
    let end = CallSample(
      slot: one.slot, outcome: nil, ended: .lost, durationNanoseconds: 0, endedAt: one.endedAt)
    let rows = limited(&limiter, [one, end]).rows
    #expect(rows.map(\.counts.total) == [1])
    #expect(rows.map(\.executions.lost) == [1])
    #expect(limited(&limiter, [end]).rows.map(\.counts.total) == [0])
  }

  @Test func `without limits a batch stays as it is`() {
    var limiter = DetailLimiter(WritePace())
    let batch = limited(&limiter, [call("a"), call("a")], [.error(error()), .error(error())])
    #expect(batch.rows.isEmpty && batch.stripes.map(\.calls.count) == [2])
    #expect(batch.queue.entries.count == 2)
  }

  // MARK: Errors

  @Test func `equal errors past the limit share a row with their number, until the second is over`() {
    var limiter = DetailLimiter(WritePace(errorRows: 10))
    var own = 0
    for _ in 0..<5 {
      let batch = limited(&limiter, [], (0..<5).map { _ in .error(error()) })
      #expect(batch.errors.isEmpty)
      own += batch.queue.entries.count
      #expect(batch.events == Int64(batch.queue.entries.count))
      time.advance(by: .milliseconds(100))
    }
    #expect(own == 10)
    #expect(limiter.events == 15)
    time.advance(by: .milliseconds(500))
    let due = limited(&limiter).errors
    #expect(due.map(\.occurrences) == [15])
    #expect(due.first?.requestID == nil)
    // The next second has its own rows again.
    #expect(limited(&limiter, [], (0..<5).map { _ in .error(error()) }).queue.entries.count == 5)
  }

  @Test func `the limit is for each fingerprint and component`() {
    var limiter = DetailLimiter(WritePace(errorRows: 2))
    let errors = [error(), error("other"), error(component: "b")]
    let batch = limited(&limiter, [], errors.map { .error($0) } + errors.map { .error($0) })
    #expect(batch.queue.entries.count == 6)
    _ = limited(&limiter, [], errors.map { .error($0) })
    #expect(limited(&limiter, all: true).errors.count == 3)
  }

  @Test func `entries refer to the row of an error that was merged`() {
    var limiter = DetailLimiter(WritePace(errorRows: 1))
    let (own, first, second) = (error(), error(), error())
    let recovery = RecoveryRecord(
      id: ids.next(), at: time.wallClock(), component: "api", operation: "get", errorID: second.id,
      action: .retry, outcome: .succeeded, attempts: 2, duration: .zero)
    let start = RecoveryStart(
      executionID: ids.next(), at: time.wallClock(), component: "api", operation: "get", action: .retry,
      errorID: second.id)
    var reference = error("counted as error", component: "outer")
    reference.causeID = second.id
    let transition = BreakerTransitionRecord(
      id: ids.next(), at: time.wallClock(), component: "api", from: .closed, to: .open, reason: "failures",
      failureCount: 5, consecutiveTrips: 1, errorID: second.id)
    var breaker = BreakerSnapshot(component: "api", updatedAt: time.wallClock())
    breaker.tripErrorID = second.id
    let rejected = RejectedCall(
      id: ids.next(), at: time.wallClock(), component: "api", operation: "get", reason: .circuit,
      errorID: second.id)
    let entries: [LedgerEntry] = [
      .recoveryStarted(start), .recovery(recovery), .transition(transition, breaker), .error(reference),
      .rejection(rejected),
    ]
    let batch = limited(
      &limiter, [], [.error(own), .error(first), .error(second)] + entries)
    #expect(batch.queue.entries.count == 6)
    #expect(batch.queue.breakers["api"]?.tripErrorID == first.id)
    // In a later batch, too.
    let later = limited(&limiter, [], entries).queue
    for entry in batch.queue.entries.dropFirst() + later.entries {
      let id: LedgerID? =
        switch entry {
        case .recoveryStarted(let start): start.errorID
        case .recovery(let recovery): recovery.errorID
        case .transition(let transition, _): transition.errorID
        case .error(let error): error.causeID
        case .rejection(let call): call.errorID
        default: nil
        }
      #expect(id == first.id, "\(entry)")
    }
    #expect(limited(&limiter, all: true).errors.map(\.id).contains(first.id))
  }

  @Test func `an alias lasts for the latest errors, and as long as a breaker refers to its error`() {
    var aliases = ErrorAliases()
    func id(_ number: Int) -> LedgerID { LedgerID(rawValue: Int64(number)) }
    aliases.add(id(1), row: id(1_000_000))
    aliases.add(id(2), row: id(1_000_000))
    #expect(aliases.row(ofTrip: id(2), "api") == id(1_000_000))
    for number in 3...(ErrorAliases.limit + 2) { aliases.add(id(number), row: id(2_000_000)) }
    #expect(aliases.row(of: id(1)) == id(1))
    #expect(aliases.row(of: id(2)) == id(1_000_000))
    #expect(aliases.row(of: id(3)) == id(2_000_000))
    #expect(aliases.row(ofTrip: nil, "api") == nil)
    #expect(aliases.row(of: id(2)) == id(2))
  }
}
