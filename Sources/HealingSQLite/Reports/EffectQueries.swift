public import Healing
import HealingQueries

extension ReportQuery<AttemptEffect> {
  package static let attemptEffect = ReportQuery(
    query: .attemptEffect,
    columns: ["component", "category", "attempt", "tried", "won", "ended", "duration_us", "merged"]
  ) { row in
    let ended = row.count("ended")
    return AttemptEffect(
      component: row.component("component"),
      category: row.optionalText("category").flatMap(ErrorCategory.init(rawValue:)),
      attempt: Int(clamping: row.count("attempt")), tried: row.count("tried"),
      won: min(row.count("won"), row.count("tried")),
      avgRetryMs: ended > 0 ? Double(row.count("duration_us")) / 1_000 / Double(ended) : nil,
      merged: row.count("merged"))
  }
}

extension ReportQuery<RetryEffect> {
  package static let retryEffect = ReportQuery(
    query: .retryEffect,
    columns: [
      "component", "bad_minutes", "attempts", "extra_attempts", "saved", "actual_success",
      "effective_success", "amplification", "sustained_minutes", "verdict",
    ]
  ) { row in
    RetryEffect(
      component: row.component("component"), badMinutes: row.count("bad_minutes"),
      attempts: row.count("attempts"), extraAttempts: row.count("extra_attempts"), saved: row.count("saved"),
      actualSuccess: row.optionalReal("actual_success"),
      effectiveSuccess: row.optionalReal("effective_success"),
      amplification: row.optionalReal("amplification"), sustainedMinutes: row.count("sustained_minutes"),
      verdict: RetryEffect.Verdict(rawValue: row.text("verdict")) ?? .neither)
  }
}

extension ReportQuery<ComponentAvailability> {
  package static let availability = ReportQuery(
    query: .availability,
    columns: ["component", "calls", "effective", "actual", "observed_minutes", "bad_minutes", "by_time"]
  ) { row in
    ComponentAvailability(
      component: row.component("component"), calls: row.count("calls"),
      effective: row.optionalReal("effective"),
      actual: row.optionalReal("actual"), observedMinutes: row.count("observed_minutes"),
      badMinutes: row.count("bad_minutes"), byTime: row.optionalReal("by_time"))
  }
}

extension SQLiteLedgerReader {
  /// Returns the availability of each component by calls and by time.
  /// - Parameters:
  ///   - range: the times, widened to whole minutes; default: all that is kept by the minute.
  ///   - component: the component; default: all but those of alerts.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func availability(_ range: LedgerRange = .all, component: ComponentName? = nil)
    async throws(LedgerError) -> [ComponentAvailability]
  {
    try await readers.read("the availability") { connection throws(SQLiteError) in
      try ReportQuery<ComponentAvailability>.availability.run(on: connection, range, component)
    }
  }

  /// Returns how often each attempt of retried executions helped, by component and category of the error.
  /// - Parameters:
  ///   - range: the times of the retries; default: all whose rows are kept.
  ///   - component: the component; default: all.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func attemptEffect(_ range: LedgerRange = .all, component: ComponentName? = nil)
    async throws(LedgerError) -> [AttemptEffect]
  {
    try await readers.read("the effect of attempts") { connection throws(SQLiteError) in
      try ReportQuery<AttemptEffect>.attemptEffect.run(on: connection, range, component)
    }
  }

  /// Returns what extra attempts did in the bad minutes of each component.
  /// - Parameters:
  ///   - range: the times, widened to whole minutes; default: all that is kept by the minute.
  ///   - component: the component; default: all.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func retryEffect(_ range: LedgerRange = .all, component: ComponentName? = nil)
    async throws(LedgerError) -> [RetryEffect]
  {
    try await readers.read("the effect of retries") { connection throws(SQLiteError) in
      try ReportQuery<RetryEffect>.retryEffect.run(on: connection, range, component)
    }
  }
}
