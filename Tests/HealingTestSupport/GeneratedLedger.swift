package import Healing

/// Fills a ledger with everything that a history can hold: hostile texts, merged rows, epochs, outcomes, rejected calls,
/// trips, overrides, forgotten components.
package enum GeneratedLedger {
  package static let hostileTexts = [
    "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "a \"quoted\", text\nwith a second line\r\n",
    "\u{202E}drowssap", "\u{0}\u{1B}[2J",
    "e\u{301}\u{1F600}\u{200D}", "{\"table\":\"errors\"}", "\\u0000 \\", "",
  ]

  private struct Down: SelfClassifyingError, CustomStringConvertible {
    let description: String
    var errorCategory: ErrorCategory? { .network }
    var errorSeverity: ErrorSeverity? { .high }
  }

  /// - Parameter prefix: of the components' names.
  package static func fill(_ ledger: any Ledger, prefix: String = "", rounds: Int = 3) async throws {
    let time = SystemTimeSource()
    let engine = try await RecoveryEngine(ledger: ledger)
    let names = ["api", "orders_db", "cache"].map { ComponentName(prefix + $0) }
    let policy = ComponentPolicy(
      retry: nil, breaker: CircuitBreakerOptions(trip: .consecutiveFailures(2)))
    for round in 0..<rounds {
      for name in names {
        let component = try engine.component(name, policy: policy)
        for (index, text) in hostileTexts.enumerated() {
          _ = try? await component.execute(
            "get \(text)", fallbacks: index.isMultiple(of: 2) ? [Fallback<Int>("zero") { 0 }] : [],
            request: RequestInfo(
              requestID: "r-\(index)\(text)", userID: text, metadata: ["key \(text)": text])
          ) {
            if index.isMultiple(of: 3) { return 1 }
            throw Down(description: "refused: \(text) \(round)")
          }
        }
        record(name, ledger, at: time.wallClock() + .seconds(-3_600 * Int64(round) - 5))
        ledger.record(.metricsReset(name, at: time.wallClock()))
        try await ledger.flush()
        component.resetBreaker(actor: "ops =1", note: "round \(round)")
        _ = try? await component.execute("after") { 1 }
      }
    }
    ledger.record(.unprotectedCalls(3))
    let gone = ComponentName(prefix + "gone")
    engine.component(gone).report(.success, duration: .milliseconds(3))
    try await ledger.flush()
    ledger.record(.forgotten(gone, id: ledger.makeID(), at: time.wallClock(), actor: "ops"))
    try await ledger.flush()
  }

  /// Records rows as an overloaded queue merges them, and one of each kind of check and alert.
  private static func record(_ name: ComponentName, _ ledger: any Ledger, at: Timestamp) {
    var counts = CallCounts()
    for milliseconds in [1, 20, 300, 4_000, 50_000] {
      counts.add(.success, microseconds: Int64(milliseconds) * 1_000 + 1)
      counts.add(.failure, microseconds: Int64(milliseconds) * 777)
    }
    counts.add(.rejected, microseconds: 0, rejection: .circuit)
    counts.add(.rejected, microseconds: 0, rejection: .bulkhead)
    counts.add(.cancelled, microseconds: 0)
    counts.add(.callerError, microseconds: 0)
    var sample = HealthSample(component: name, at: at, counts: counts)
    sample.executions.extraAttempts = 2
    sample.executions.rejected = 1
    sample.executions.add(.saved)
    sample.executions.add(.lost, 3)
    sample.rejections = [
      RejectedOperation(operation: "get, \"x\"", reason: .circuit): 1,
      RejectedOperation(operation: "put", reason: .bulkhead): 1,
    ]
    ledger.record(.sample(sample))
    for (index, text) in hostileTexts.enumerated() {
      ledger.record(
        .error(
          ErrorContext(
            id: ledger.makeID(), at: at, component: name, operation: "merged", attempt: 1 + index,
            classification: ErrorClassification(
              category: .timeout, severity: index.isMultiple(of: 2) ? .critical : .low, rule: "merged",
              retryAfter: index == 3 ? .microseconds(1_234_567) : nil),
            type: "merged", message: text, metadata: ["a": text, "b\"": "c"], occurrences: 7 + index)))
      var recovery = RecoveryRecord(
        id: ledger.makeID(), at: at, component: name, operation: "op \(text)", executionID: ledger.makeID(),
        errorID: ledger.makeID(), action: index.isMultiple(of: 2) ? .fallback : .retryBackoff,
        outcome: index.isMultiple(of: 4) ? .failed : .succeeded, attempts: 9,
        duration: .microseconds(1_000_001 + index),
        message: text, metadata: ["strategy": text], occurrences: 5, requestID: text, userID: nil,
        gaveUp: index.isMultiple(of: 4) ? .deadline : nil)
      recovery.longest = .microseconds(600_001)
      ledger.record(.recovery(recovery))
    }
    let statuses = HealthStatus.allCases
    for (index, kind) in AlertRecord.Kind.allCases.enumerated() {
      ledger.record(
        .alert(
          AlertRecord(
            id: ledger.makeID(), at: at, component: name, kind: kind,
            status: statuses[index % statuses.count],
            previousStatus: index.isMultiple(of: 2) ? nil : .degraded, message: hostileTexts[index],
            isResolved: index.isMultiple(of: 2))))
      ledger.record(
        .check(
          HealthCheckRecord(
            id: ledger.makeID(), at: at, component: name, status: statuses[index % statuses.count],
            previousStatus: index == 0 ? nil : .healthy, errorRate: Double(index) / 9, totalRequests: 90,
            failedRequests: Int64(index) * 10, responseTime: .microseconds(1_501),
            message: hostileTexts[index],
            issues: [hostileTexts[index], "b"])))
    }
  }
}
