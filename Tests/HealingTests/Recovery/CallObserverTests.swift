import HealingTestSupport
import Synchronization
import Testing

@testable import Healing

struct CallObserverTests {
  private final class Recorder: CallObserver {
    let calls = Lock<[ObservedCall]>([])
    func observe(_ call: ObservedCall) { calls.withLock { $0.append(call) } }

    /// Operation, attempt, outcome, and duration in seconds.
    var lines: [String] {
      calls.withLock { $0 }.map { call in
        "\(call.component) \(call.operation) \(call.attempt) "
          + "\(call.outcome.map { "\($0)" } ?? "ignored") \(call.duration.components.seconds)"
      }
    }
  }
  private struct Down: Error, CustomStringConvertible {
    var description: String { "connection refused" }
  }

  @Test func `an observer receives every attempt once, with its number, outcome and duration`() async throws {
    let recorder = Recorder()
    let time = VirtualTime()
    let engine = try await RecoveryEngine(
      ledger: InMemoryLedger(time: time),
      policy: ComponentPolicy(
        retry: RetryOptions(maxAttempts: 2, initialDelay: .zero),
        breaker: CircuitBreakerOptions(failureThreshold: 3)), time: time, observer: recorder)
    let api = engine.component("api")
    _ = try await api.execute("quick") { time.advance(by: .seconds(1)) }
    var attempts = 0
    _ = try await api.execute("flaky") {
      attempts += 1
      time.advance(by: .seconds(2))
      if attempts == 1 { throw Down() }
    }
    await #expect(throws: CancellationError.self) {
      try await api.execute("stopped") { throw CancellationError() }
    }
    let judged = try await api.execute("unasked", judge: { _ in .ignored }) { 7 }
    #expect(judged == 7)
    await #expect(throws: Down.self) { try await api.execute("down") { throw Down() } }
    await #expect(throws: Down.self) { try await api.execute("down") { throw Down() } }
    let answer = try await api.execute("open", fallbacks: [Fallback("cache") { 1 }]) { 0 }
    #expect(answer == 1)
    await #expect(throws: CircuitOpenError.self) { _ = try await api.execute("open") { 0 } }
    #expect(
      recorder.lines == [
        "api quick 1 success 1", "api flaky 1 failure 2", "api flaky 2 success 2",
        "api stopped 1 cancelled 0",
        "api unasked 1 ignored 0", "api down 1 failure 0", "api down 2 failure 0", "api down 1 failure 0",
        "api open 1 rejected 0", "api open 1 rejected 0",
      ])
  }

  @Test func `an observer receives a retry that a full bulkhead rejects, and the request`() async throws {
    let recorder = Recorder()
    let engine = try await RecoveryEngine(
      ledger: InMemoryLedger(),
      policy: ComponentPolicy(
        retry: nil, breaker: nil, bulkhead: BulkheadOptions(maxConcurrentCalls: 1)), observer: recorder)
    let api = engine.component("api")
    let request = RequestInfo(requestID: "r-1")
    _ = try await api.execute("outer") {
      await #expect(throws: BulkheadFullError.self) {
        _ = try await api.execute("inner", request: request) { 0 }
      }
    }
    #expect(recorder.lines == ["api inner 1 rejected 0", "api outer 1 success 0"])
    #expect(recorder.calls.withLock { $0 }.map(\.request?.requestID) == ["r-1", nil])
  }
}
