import Healing
import HealingTesting
import Testing

struct GatewayDown: SelfClassifyingError {
  var errorCategory: ErrorCategory? { .network }
}

@Suite struct PaymentsTests {
  let time = VirtualTime()
  let ledger: InMemoryLedger
  let payments: Component

  init() async throws {
    ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(ledger: ledger, time: time)
    payments = try engine.component(
      "payments",
      policy: ComponentPolicy(
        retry: RetryOptions(maxAttempts: 3, initialDelay: .seconds(1), jitter: .none),
        breaker: CircuitBreakerOptions(
          failureThreshold: 5, successThreshold: 1, openDuration: .seconds(60))))
  }

  @Test func `a failed charge is retried and saved`() async throws {
    let charge = ScriptedOperation<String>(.fail(GatewayDown()), .succeed("receipt-1"))

    #expect(try await payments.execute("charge", charge.next) == "receipt-1")

    #expect(time.slept == [.seconds(1)])
    let contents = try await LedgerContents.read(from: ledger)
    try contents.requireRecovery(.retryBackoff, of: "payments")
    try contents.requireExecutions(.saved, of: "payments")
    #expect(contents.errors.map(\.category) == [.network])
  }

  @Test func `five failures open the circuit, and a probe closes it`() async throws {
    let charge = ScriptedOperation<String>(
      Array(repeating: .fail(GatewayDown()), count: 5) + [.succeed("receipt-2")])

    for _ in 0..<2 {
      await #expect(throws: GatewayDown.self) { try await payments.execute("charge", charge.next) }
    }
    await #expect(throws: CircuitOpenError.self) { try await payments.execute("charge", charge.next) }
    #expect(charge.calls == 5)
    time.advance(by: .seconds(60))
    #expect(try await payments.execute("charge", charge.next) == "receipt-2")

    let contents = try await LedgerContents.read(from: ledger)
    try contents.requireTransition(to: .open, of: "payments")
    try contents.requireTransition(to: .closed, of: "payments")
    try contents.requireExecutions(.lost, 3, of: "payments")
    #expect(contents.rejections.map(\.reason) == [.circuit])
  }
}

extension PaymentsTests {
  @Test func `a charge that hangs is cancelled after two seconds`() async throws {
    let time = VirtualTime(jumps: false)
    let engine = try await RecoveryEngine(ledger: InMemoryLedger(time: time), time: time)
    let payments = try engine.component(
      "payments",
      policy: ComponentPolicy(retry: nil, timeouts: TimeoutOptions(attempt: .seconds(2))))
    let charge = ScriptedOperation<String>(.hang)

    let call = Task { try await payments.execute("charge", charge.next) }
    await time.waitForSleepers()
    time.advance(by: .seconds(2))

    await #expect(throws: OperationTimeoutError.self) { try await call.value }
  }
}

private func scripts(_ payments: Component) async throws {
  let charge = ScriptedOperation<String>(.fail(GatewayDown()), .succeed("receipt-1"))
  let receipt = try await payments.execute("charge", charge.next)
}

private func contents(_ ledger: InMemoryLedger) async throws {
  let contents = try await LedgerContents.read(from: ledger)
  try contents.requireRecovery(.retryBackoff, of: "payments")
  try contents.requireTransition(to: .open, of: "search")
  #expect(contents.of("payments").errors.map(\.category) == [.network])
}
