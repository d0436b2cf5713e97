package import Healing

/// Creates ledgers with contents that no program has written.
package enum DamagedLedger {
  struct ShellFailed: Error { let message: String }

  /// A breaker that opens at the second failure, and a window to restore.
  package static let policy = ComponentPolicy(
    retry: nil,
    breaker: CircuitBreakerOptions(trip: .rate(RateTripRule(minimumCalls: 2, failureRate: 0.1))))

  /// Writes rows into every table that a ledger has.
  package static func fill(_ ledger: any Ledger) async throws {
    let now = SystemTimeSource().wallClock()
    let engine = try await RecoveryEngine(ledger: ledger)
    for name in ["api", "db"] as [ComponentName] {
      let component = try engine.component(name, policy: policy)
      for _ in 0..<4 {
        _ = try? await component.execute("get", fallbacks: [Fallback<Int>("zero") { 0 }]) { throw Down() }
      }
      try component.force(
        CircuitOverride(
          kind: .forcedOpen, actor: "ops", reason: "maintenance", expiresAt: now + .seconds(3_600)))
      var counts = CallCounts()
      for milliseconds in [1, 20, 300] { counts.add(.success, microseconds: Int64(milliseconds) * 1_000) }
      ledger.record(.sample(HealthSample(component: name, at: now, counts: counts)))
      ledger.record(
        .check(
          HealthCheckRecord(
            id: ledger.makeID(), at: now, component: name, status: .critical, previousStatus: .healthy,
            errorRate: 0.5, totalRequests: 2, failedRequests: 1, responseTime: .milliseconds(5),
            message: "bad",
            issues: ["bad"])))
      ledger.record(
        .alert(
          AlertRecord(
            id: ledger.makeID(), at: now, component: name, kind: .raised, status: .critical,
            previousStatus: .healthy, message: "bad")))
      ledger.record(
        .recoveryStarted(
          RecoveryStart(
            executionID: ledger.makeID(), at: now, component: name, operation: "get", action: .retry,
            errorID: nil)))
    }
    try await ledger.flush()
  }

  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
    var errorSeverity: ErrorSeverity? { .critical }
  }

  /// Takes from a closed ledger's tables all that keeps values out: types, `NOT NULL`, triggers.
  package static func loosen(_ path: String) async throws {
    let result = try await ChildProcess.run(
      "/usr/bin/sqlite3",
      [
        path,
        """
        INSERT INTO gap SELECT 1, at, component_id, process_id, 'samples_merged', 3 FROM error LIMIT 1;
        PRAGMA writable_schema = ON;
        DELETE FROM sqlite_schema WHERE type = 'trigger';
        UPDATE sqlite_schema SET sql = replace(replace(replace(sql, 'STRICT, WITHOUT', 'WITHOUT'), ') STRICT', ')'),
          'NOT NULL', '') WHERE type = 'table';
        PRAGMA writable_schema = RESET;
        PRAGMA wal_checkpoint(TRUNCATE);
        """,
      ])
    guard result.code == 0, result.errors.isEmpty else { throw ShellFailed(message: result.errors) }
  }
}
