import Healing
import HealingServer
import HealingTestSupport
import Synchronization
import Testing

@testable import HealingCLI

/// The log of a ledger whose problem begins and ends with each batch, on injected time.
@Suite struct TroubleLogTests {
  private struct Line: Equatable {
    let level: LogLevel
    let message: String
    let fields: [String: String]
  }

  private final class Lines: Sendable {
    private let lines = Mutex<[Line]>([])
    var all: [Line] { lines.withLock { $0 } }
    func add(_ line: Line) { lines.withLock { $0.append(line) } }

    /// Waits for this many lines; the limit is for a test that fails.
    func wait(for count: Int) async -> [Line] {
      let limit = ContinuousClock.now + .seconds(300)
      while all.count < count && ContinuousClock.now < limit { await pause() }
      return all
    }
  }

  private let time = VirtualTime(jumps: false)
  private let lines = Lines()
  private let failures = Counter()
  private let log: TroubleLog

  private final class Counter: Sendable {
    private let count = Mutex<Int64>(0)
    var value: Int64 { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
  }

  init() {
    log = TroubleLog(time: time) { [lines] in lines.add(Line(level: $0, message: $1, fields: $2)) }
    log.countFailures { [failures] in failures.value }
  }

  private func fail(_ code: LedgerError.Code = .full) {
    failures.add()
    log(.troubleBegan(LedgerError(code, ledger: "/l.db", problem: "no room")))
  }

  @Test
  func `a problem that alternates with each batch is one line, and its end is one line after the hold time`()
    async
  {
    for _ in 0..<20 {
      fail()
      time.advance(by: .milliseconds(100))
      log(.troubleEnded(after: .milliseconds(100)))
      await time.waitForSleepers(1)
      time.advance(by: .milliseconds(150))
    }
    #expect(lines.all.map(\.level) == [.error])
    time.advance(by: TroubleLog.hold)
    let all = await lines.wait(for: 2)
    #expect(all.map(\.level) == [.error, .info], "\(all)")
    // From the first failure to the last end: 19 rounds of 250 ms, and 100 ms.
    #expect(all.last?.message == "the ledger can be written again after 4.85 seconds")
    #expect(all.last?.fields == ["failed_writes": "20"])
  }

  @Test func `an end is logged only after the hold time, and the next problem counts from zero`() async {
    for round in 1...2 {
      fail()
      fail()
      log(.troubleEnded(after: .zero))
      await time.waitForSleepers(1)
      time.advance(by: TroubleLog.hold - .milliseconds(1))
      #expect(lines.all.count == 2 * round - 1)
      time.advance(by: .milliseconds(1))
      let all = await lines.wait(for: 2 * round)
      #expect(all.count == 2 * round && all.last?.fields == ["failed_writes": "2"], "\(all)")
    }
  }

  @Test func `alternating kinds of problems are one line each`() async {
    for _ in 0..<10 {
      fail(.full)
      fail(.busy)
      log(.troubleEnded(after: .zero))
      await time.waitForSleepers(1)
    }
    #expect(lines.all.map(\.level) == [.error, .error])
    log.finish()
    #expect(lines.all.count == 3 && lines.all.last?.fields == ["failed_writes": "20"])
  }

  @Test func `a pending end is logged once when the daemon ends, and a continuing problem is not`()
    async
  {
    fail()
    log.finish()
    #expect(lines.all.count == 1)
    log(.troubleEnded(after: .zero))
    log(.troubleEnded(after: .zero))
    log.finish()
    log.finish()
    #expect(lines.all.map(\.level) == [.error, .info])
    time.advance(by: TroubleLog.hold * 2)
    #expect(lines.all.count == 2)
  }

  @Test func `other notices are logged immediately`() {
    for notice in [LedgerNotice.reopened(run: 2), .batchesLost(3), .logKept(path: "/l.db-wal.1")] {
      log(notice)
      #expect(lines.all.last?.message == "\(notice)")
    }
    #expect(lines.all.map(\.level) == [.info, .error, .warning])
  }
}
