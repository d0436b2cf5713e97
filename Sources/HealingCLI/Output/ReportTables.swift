import Healing

extension Table {
  /// A table of the outcomes of executions and the totals of recoveries.
  init(_ statistics: RecoveryStatistics) {
    let totals = statistics.overall
    let ended = statistics.executions
    columns = [
      "effective_success_rate", "executions", "rejected", "saved", "degraded", "undone", "lost",
      "interrupted",
      "total_recoveries", "successful_recoveries", "failed_recoveries", "success_rate", "avg_duration_ms",
    ]
    rows = [
      [
        ended.effectiveSuccessRate.map { .real($0) } ?? .none, .integer(ended.executions),
        .integer(ended.rejected), .integer(ended.saved), .integer(ended.degraded), .integer(ended.undone),
        .integer(ended.lost), .integer(ended.interrupted), .integer(totals.totalRecoveries),
        .integer(totals.successfulRecoveries),
        .integer(totals.failedRecoveries),
        totals.totalRecoveries > 0 ? .real(totals.successRate) : .none,
        totals.totalRecoveries > 0 ? .real(totals.avgDurationMs) : .none,
      ]
    ]
  }

  private static let groupColumns = ["total", "successful", "attempts", "avg_duration_ms", "max_duration_ms"]

  private static func cells(_ totals: GroupTotals) -> [Cell] {
    [
      .integer(totals.total), .integer(totals.successful), .integer(totals.attempts),
      .real(totals.avgDurationMs), .real(totals.maxDurationMs),
    ]
  }

  init(_ byAction: [ActionTotals]) {
    columns = ["action"] + Self.groupColumns
    rows = byAction.map { [.text($0.action.rawValue)] + Self.cells($0.totals) }
  }

  init(_ byComponent: [ComponentTotals]) {
    columns = ["component"] + Self.groupColumns
    rows = byComponent.map { [.text($0.component.text)] + Self.cells($0.totals) }
  }

  init(_ recoveries: [RecoveryRecord]) {
    columns = [
      "timestamp", "component", "operation", "action", "outcome", "attempts", "duration_ms", "error_id",
      "message", "gave_up", "request_id", "user_id", "id", "success",
    ]
    rows = recoveries.map { recovery in
      [
        .time(recovery.at), .text(recovery.component.text), .text(recovery.operation),
        .text(recovery.action.rawValue), .text(recovery.outcome.rawValue), .integer(Int64(recovery.attempts)),
        .real(recovery.duration.milliseconds), Cell(recovery.errorID?.description), .text(recovery.message),
        Cell(recovery.gaveUp?.rawValue), Cell(recovery.requestID), Cell(recovery.userID),
        .text(recovery.id.description), .flag(recovery.outcome == .succeeded),
      ]
    }
  }

  /// - Parameter circuits: states of the components' breakers; components without a breaker are missing.
  init(_ components: [ComponentRecord], circuits: [ComponentName: CircuitState]) {
    columns = ["component", "registered", "metrics_since", "circuit"]
    rows = components.map { component in
      [
        .text(component.name.text), .time(component.registeredAt),
        .time(component.epochStartedAt), Cell(circuits[component.name]?.rawValue),
      ]
    }
  }

  /// A table of circuits.
  /// - Parameters:
  ///   - now: time from which the remaining waits are computed.
  ///   - format: for people, a table shows waits in minutes and seconds, and each part of an override once.
  init(_ breakers: [BreakerSnapshot], now: Timestamp, for format: OutputFormat) {
    let counts = ["failure_count", "success_count", "consecutive_trips", "last_failure", "trip_error_id"]
    columns =
      format == .table
      ? ["component", "state", "remaining"] + counts + ["override", "until", "by", "reason"]
      : ["component", "state", "remaining_ms"] + counts
        + ["override", "reason", "override_kind", "override_until", "override_actor", "override_reason"]
    rows = breakers.map { breaker in
      let override = breaker.activeOverride(at: now)
      let wait = breaker.state == .open ? breaker.remainingWait(at: now) : .zero
      let parts: [Cell] = [
        Cell(override?.kind.rawValue), Cell(override?.expiresAt), Cell(override?.actor),
        Cell(override?.reason),
      ]
      let counts: [Cell] = [
        .integer(Int64(breaker.failureCount)), .integer(Int64(breaker.successCount)),
        .integer(Int64(breaker.consecutiveTrips)), Cell(breaker.lastFailureAt),
        Cell(breaker.tripErrorID?.description),
      ]
      let remaining: Cell =
        format != .table
        ? .real(wait.milliseconds) : breaker.state == .open ? .text(DurationText.of(wait)) : .none
      let names: [Cell] = [.text(breaker.component.text), .text(breaker.state.rawValue), remaining]
      guard format != .table else { return names + counts + parts }
      return names + counts + [Cell(override.map(Self.words)), Cell(override?.reason)] + parts
    }
  }

  private static func words(_ override: CircuitOverride) -> String {
    let end = override.expiresAt.map { " until \($0.iso8601.prefix(19))Z" } ?? ""
    return "\(override.kind.rawValue)\(end) by \(override.actor)"
  }
}
