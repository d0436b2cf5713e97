import Healing
import HealingTesting
import Testing

@Suite struct ScriptedOperationTests {
  private struct Down: SelfClassifyingError, Equatable {
    var errorCategory: ErrorCategory? { .network }
  }

  private let time = VirtualTime()

  private func component(_ policy: ComponentPolicy) async throws -> Component {
    let engine = try await RecoveryEngine(ledger: InMemoryLedger(time: time), time: time)
    return try engine.component("api", policy: policy)
  }

  @Test func `each call takes the next step`() async throws {
    let script = ScriptedOperation<Int>(.succeed(1), .fail(Down()), .succeed(2))
    #expect(try await script.next() == 1)
    await #expect(throws: Down()) { try await script.next() }
    #expect(try await script.next() == 2)
    #expect(script.calls == 3)
  }

  @Test func `a step takes its time on the script's source`() async throws {
    let script = ScriptedOperation<Int>(
      .succeed(1, after: .seconds(3)), .fail(Down(), after: .seconds(4)), time: time)
    #expect(try await script.next() == 1)
    await #expect(throws: Down()) { try await script.next() }
    #expect(time.slept == [.seconds(3), .seconds(4)])
  }

  @Test func `concurrent calls take each step once`() async throws {
    let script = ScriptedOperation((0..<200).map { .succeed($0) })
    let values = try await withThrowingTaskGroup { group in
      for _ in 0..<200 { group.addTask { try await script.next() } }
      return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
    }
    #expect(values == Set(0..<200))
    #expect(script.calls == 200)
  }

  @Test func `a call past the end throws an error that no recovery hides`() async throws {
    let script = ScriptedOperation<Int>(.fail(Down()))
    let policy = ComponentPolicy(
      retry: RetryOptions(maxAttempts: 3, initialDelay: .seconds(1)),
      fallback: FallbackStrategy(Fallback<Int>("zero") { 0 }, time: time))
    let component = try await component(policy)
    let error = await #expect(throws: ScriptEndedError.self) {
      try await component.execute("get", script.next)
    }
    #expect(error?.description == "call 2 of a scripted operation that has 1 step")
    #expect(script.calls == 2)
  }

  @Test func `a script can repeat its last step`() async throws {
    let script = ScriptedOperation<Int>(.succeed(1), .fail(Down()), repeatsLast: true)
    #expect(try await script.next() == 1)
    for _ in 0..<3 { await #expect(throws: Down()) { try await script.next() } }
    let empty = ScriptedOperation<Int>([], repeatsLast: true)
    await #expect(throws: ScriptEndedError.self) { try await empty.next() }
  }

  @Test func `a hanging step ends when a time limit cancels it`() async throws {
    let script = ScriptedOperation<Int>(.hang, .succeed(1))
    let component = try await component(
      ComponentPolicy(retry: nil, timeouts: TimeoutOptions(attempt: .seconds(2))))
    await #expect(throws: OperationTimeoutError.self) { try await component.execute("get", script.next) }
    #expect(try await script.next() == 1)
    let hanging = ScriptedOperation<Int>(.hang)
    let call = Task { try await hanging.next() }
    call.cancel()
    await #expect(throws: CancellationError.self) { try await call.value }
  }
}
