package import Healing
import Synchronization

/// One call of an outage as its caller and its dependency saw it: the script's own list, which the ledger is compared with.
package struct OutageCall: Sendable, Codable {
  package enum End: String, Sendable, Codable { case answered, fallback, failed, circuitOpen, bulkheadFull }
  package let process: Int
  package let component: ComponentName
  package let operation: String
  package let request: String
  /// Nanoseconds since the script began.
  package let at: Int64
  /// Each attempt that reached the dependency, and whether it was answered.
  package var attempts: [Bool] = []
  package var end = End.answered
  /// Why it was rejected, if it was.
  package var reason = RejectionReason.circuit
  package var isRejected: Bool { attempts.isEmpty }

  package init(
    process: Int, component: ComponentName, operation: String, request: String, at: Int64,
    attempts: [Bool] = [],
    reason: RejectionReason = .circuit
  ) {
    self.process = process
    self.component = component
    self.operation = operation
    self.request = request
    self.at = at
    self.attempts = attempts
    self.reason = reason
  }
}

/// What a process printed at the end of its part of an outage.
package struct OutageReport: Sendable, Codable {
  /// Health of a component, with the calls that the process had made until then.
  package struct Health: Sendable, Codable {
    package let component: ComponentName
    package let calls: Int
    package let status: HealthStatus
    package let total: Int64
    package let failed: Int64
    package let rejected: Int64
    package let rejectedByCircuit: Int64

    package init(_ health: ComponentHealth, calls: Int) {
      (component, status, self.calls) = (health.component, health.status, calls)
      (total, failed) = (health.totalRequests, health.failedRequests)
      (rejected, rejectedByCircuit) = (health.rejectedRequests, health.rejectedByCircuit)
    }
  }

  package struct Alert: Sendable, Codable, Hashable {
    package let id: Int64
    package let component: ComponentName
    package let kind: String

    package init(_ alert: AlertRecord) {
      (id, component, kind) = (alert.id.rawValue, alert.component, alert.kind.rawValue)
    }
  }

  package var calls: [OutageCall] = []
  package var health: [Health] = []
  /// The alerts that a handler received.
  package var alerts: [Alert] = []

  package init() {}
}

/// Sums over a list of calls of one component.
package struct OutageTotals {
  package private(set) var total: Int64 = 0
  package private(set) var failed: Int64 = 0
  package private(set) var rejected: Int64 = 0
  package private(set) var rejectedByCircuit: Int64 = 0
  package private(set) var rejectedByBulkhead: Int64 = 0
  package private(set) var executions = ExecutionTotals()
  package private(set) var retries: Int64 = 0
  package private(set) var fallbacks: Int64 = 0
  package private(set) var rejections: [String: [RejectionReason: Int64]] = [:]
  /// Requests of the rejected calls that are rows.
  package private(set) var rows: [String] = []

  package init(_ list: [OutageCall]) {
    var windows: [Int: (end: Int64, rows: Int)] = [:]
    for call in list {
      let failures = call.attempts.count { !$0 }
      total += Int64(call.attempts.count)
      failed += Int64(failures)
      if call.isRejected {
        rejected += 1
        if call.reason == .circuit { rejectedByCircuit += 1 } else { rejectedByBulkhead += 1 }
        executions.rejected += 1
        rejections[call.operation, default: [:]][call.reason, default: 0] += 1
        var window = windows[call.process] ?? (-1, 0)
        if call.at >= window.end { window = (call.at + 1_000_000_000, 0) }
        if window.rows < RejectedCall.rowsPerSecond { rows.append(call.request) }
        window.rows += 1
        windows[call.process] = window
      } else {
        executions.executions += 1
      }
      if call.attempts.count > 1 { retries += 1 }
      if call.end == .fallback { fallbacks += 1 }
      switch call.end {
      case .answered: if failures > 0 { executions.saved += 1 }
      case .fallback: executions.degraded += 1
      case .failed, .circuitOpen, .bulkheadFull: executions.lost += 1
      }
    }
  }
}

/// A process of one release with four components, and the calls of the outage on them.
package final class OutageService: Sendable {
  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  package static let components: [ComponentName] = ["payments", "search", "orders", "database"]

  package let number: Int
  package let engine: RecoveryEngine
  package let search: Component
  private let payments: Component
  private let orders: Component
  private let database: Component
  private let time: any TimeSource
  private let begun: Int64

  /// - Parameters:
  ///   - openDuration: of the circuit of `payments`.
  ///   - begun: the script's start on the monotonic clock.
  package init(
    _ number: Int, ledger: any Ledger, time: any TimeSource, openDuration: Duration = .seconds(10),
    begun: Int64
  ) async throws {
    self.number = number
    self.time = time
    self.begun = begun
    let retry = RetryOptions(maxAttempts: 2, initialDelay: .zero)
    let breaker = CircuitBreakerOptions(failureThreshold: 5, openDuration: openDuration)
    engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: retry, breaker: breaker), time: time)
    payments = engine.component("payments")
    search = try engine.component(
      "search",
      policy: ComponentPolicy(retry: nil, breaker: nil, bulkhead: BulkheadOptions(maxConcurrentCalls: 3)))
    orders = engine.component("orders")
    database = try engine.component("database", policy: ComponentPolicy(retry: nil, breaker: nil))
  }

  /// Whether this process lets all calls of `payments` through.
  package var isPaymentsClosed: Bool { payments.breakerSnapshot()?.state == .closed }

  private func now() -> Int64 { time.monotonicNanoseconds() - begun }

  /// A call of `payments`: half of the operations have a fallback.
  package func pay(_ index: Int, isDown: Bool, isFlaky: Bool) async -> OutageCall {
    let hasFallback = index.isMultiple(of: 2)
    let operation = hasFallback ? "quote" : "charge"
    let seen = Lock(
      OutageCall(
        process: number, component: "payments", operation: operation, request: "pay-\(number)-\(index)",
        at: now()))
    do {
      let value = try await payments.execute(
        operation, fallbacks: hasFallback ? [Fallback("list price") { 0 }] : [],
        request: RequestInfo(requestID: "pay-\(number)-\(index)", userID: "u-\(index % 7)")
      ) {
        let answers = !isDown && !(isFlaky && seen.withLock { $0.attempts.isEmpty })
        seen.withLock { $0.attempts.append(answers) }
        if !answers { throw Down() }
        return 1
      }
      if value == 0 { seen.withLock { $0.end = .fallback } }
    } catch is CircuitOpenError {
      seen.withLock { $0.end = .circuitOpen }
    } catch {
      seen.withLock { $0.end = .failed }
    }
    return seen.withLock { $0 }
  }

  /// A call of `search`, which has a bulkhead.
  package func find(_ index: Int) async -> OutageCall {
    var seen = OutageCall(
      process: number, component: "search", operation: "find", request: "find-\(number)-\(index)", at: now(),
      reason: .bulkhead)
    var isMade = false
    do {
      try await search.execute("find", request: RequestInfo(requestID: seen.request)) { isMade = true }
    } catch {
      seen.end = error is BulkheadFullError ? .bulkheadFull : .failed
    }
    if isMade { seen.attempts.append(true) }
    return seen
  }

  /// A call of `orders`, which calls `database`.
  package func order(_ index: Int, isDown: Bool) async -> [OutageCall] {
    var outer = OutageCall(
      process: number, component: "orders", operation: "place", request: "o-\(number)-\(index)", at: now())
    var inner: [OutageCall] = []
    do {
      try await orders.execute("place", request: RequestInfo(requestID: outer.request)) {
        var call = OutageCall(
          process: number, component: "database", operation: "insert", request: outer.request, at: outer.at,
          attempts: [!isDown])
        call.end = isDown ? .failed : .answered
        inner.append(call)
        outer.attempts.append(!isDown)
        try await database.execute("insert") { if isDown { throw Down() } }
      }
    } catch {
      outer.end = .failed
    }
    return [outer] + inner
  }
}
