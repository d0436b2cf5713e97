import Healing

/// The Prometheus metrics of the ledger and of the server. The number of components with labels is bounded.
struct LedgerMetrics {
  let service: ServerContext

  /// Maximum number of labelled components. Those with the fewest calls are left out; a metric has their
  /// number.
  static let componentLimit = 200

  typealias Samples = [(labels: [(String, String)], value: Double)]

  /// Returns the metrics. When the ledger cannot be read, the metrics read from it are left out; those of its
  /// writer and of the server remain.
  func text() async -> String {
    var text = PrometheusText()
    let isReadable: Bool
    do {
      try await addLedger(&text)
      isReadable = true
    } catch {
      isReadable = false
    }
    addWriting(&text, isReadable: isReadable)
    addServer(&text)
    return text.text
  }

  private func addWriting(_ text: inout PrometheusText, isReadable: Bool) {
    let status = service.ledger.status
    text.add(
      "healing_ledger_readable", .gauge, "1 if these metrics could be read from the ledger.",
      [([], isReadable ? 1 : 0)])
    text.add(
      "healing_ledger_writable", .gauge, "1 while the ledger can be written.",
      [([], status.problem == nil ? 1 : 0)])
    text.add(
      "healing_ledger_failed_writes_total", .counter, "Failed writes to the ledger.",
      [([], Double(status.failedWrites))])
    text.add(
      "healing_ledger_refused_events_total", .counter, "Events that SQLite rejected.",
      [([], Double(status.refusedEvents))])
    text.add(
      "healing_ledger_oldest_unwritten_seconds", .gauge, "Age of the oldest entry that is not on disk.",
      [([], status.oldestUnwrittenAge.milliseconds / 1_000)])
    text.add(
      "healing_ledger_unwritten_events", .gauge, "Recorded events that are not on disk.",
      [([], Double(status.unwrittenEvents))])
    text.add(
      "healing_ledger_bytes", .gauge, "Size of the ledger's files.",
      [([("file", "ledger")], Double(status.ledgerBytes)), ([("file", "log")], Double(status.logBytes))])
  }

  private func addLedger(_ text: inout PrometheusText) async throws {
    let ledger = service.ledger
    await ledger.settleForReading()
    let statistics = try await ledger.recoveries.statistics(.all, component: nil)
    let rates = try await ledger.samples.rates(.all, component: nil)
    let health = try await service.monitor.systemHealth().all
    let breakers = try await ledger.breakers.all()
    let now = service.time.wallClock()
    let busiest = rates.sorted { ($1.totalRequests, $0.component) < ($0.totalRequests, $1.component) }
    let ranked = busiest.map(\.component) + health.map(\.component)
    var labelled: Set<ComponentName> = []
    for name in ranked where labelled.count < Self.componentLimit { labelled.insert(name) }

    text.add(
      "healing_recoveries_total", .counter, "Recoveries, by action and result.",
      statistics.byAction.flatMap { action -> Samples in
        [
          ([("action", action.action.rawValue), ("result", "successful")], Double(action.totals.successful)),
          (
            [("action", action.action.rawValue), ("result", "failed")],
            Double(action.totals.total - action.totals.successful)
          ),
        ]
      })
    text.add(
      "healing_calls_total", .counter, "Calls since the component's last reset, by outcome.",
      rates.filter { labelled.contains($0.component) }.flatMap(Self.calls))
    text.add(
      "healing_rejected_calls_total", .counter,
      "Calls that were not made, since the component's last reset, by reason.",
      rates.filter { labelled.contains($0.component) }.flatMap(Self.rejected))
    text.add(
      "healing_stale_results_total", .counter,
      "Results of attempts that began before the circuit's last transition, since the component's last reset; calls include them.",
      rates.filter { labelled.contains($0.component) }.map {
        ([("component", $0.component.text)], Double($0.staleResults))
      })
    let ended = statistics.executions
    text.add(
      "healing_executions", .gauge,
      "Executions of all time by outcome: first attempts that succeeded, and the outcomes of recoveries.",
      [
        ("first_attempt", ended.executions.addingClamped(ended.rejected).subtractingClamped(ended.troubled)),
        ("saved", ended.saved), ("degraded", ended.degraded), ("undone", ended.undone), ("lost", ended.lost),
        ("interrupted", ended.interrupted),
      ].map { ([("outcome", $0.0)], Double(max(0, $0.1))) })
    text.add(
      "healing_component_error_ratio", .gauge, "Share of failed calls over the sliding window.",
      health.filter { labelled.contains($0.component) }.map {
        ([("component", $0.component.text)], $0.errorRate)
      })
    text.add(
      "healing_component_status", .gauge, "1 for the component's status.",
      health.filter { labelled.contains($0.component) }.flatMap { component in
        HealthStatus.allCases.map { status in
          (
            [("component", component.component.text), ("status", status.rawValue)],
            component.status == status ? 1 : 0
          )
        }
      })
    text.add(
      "healing_circuit_breaker_state", .gauge, "1 for the state of the component's circuit.",
      breakers.filter { labelled.contains($0.component) }.flatMap { breaker in
        CircuitState.allCases.map { state in
          (
            [("component", breaker.component.text), ("state", state.rawValue)],
            breaker.state == state ? 1 : 0
          )
        }
      })
    text.add(
      "healing_circuit_breaker_override", .gauge,
      "1 for the override of the component's circuit, which applies in place of its state.",
      breakers.filter { labelled.contains($0.component) }.flatMap { breaker in
        CircuitOverride.Kind.allCases.map { kind in
          (
            [("component", breaker.component.text), ("override", kind.rawValue)],
            breaker.activeOverride(at: now)?.kind == kind ? 1 : 0
          )
        }
      })
    text.add(
      "healing_components", .gauge, "Components that the ledger knows.",
      [([], Double(health.count))])
    text.add(
      "healing_components_omitted", .gauge,
      "Components omitted from these metrics to bound the number of series.",
      [([], Double(max(0, health.count - labelled.count)))])
    text.add(
      "healing_component_limit", .gauge, "Number of components at which a new one is rejected.",
      [([], Double(service.engine.componentLimit))])
    text.add(
      "healing_unprotected_calls_total", .counter,
      "Unprotected calls of this process on components past the limit.",
      [([], Double(service.engine.unprotectedCalls))])
  }

  private static func calls(_ rates: ComponentRates) -> Samples {
    let counts = [
      ("success", rates.totalRequests - rates.failedRequests), ("failure", rates.failedRequests),
      ("rejected", rates.rejectedRequests), ("cancelled", rates.cancelledRequests),
      ("caller_error", rates.callerErrors),
    ]
    return counts.map { ([("component", rates.component.text), ("outcome", $0.0)], Double($0.1)) }
  }

  private static func rejected(_ rates: ComponentRates) -> Samples {
    let known = rates.rejectedByCircuit.addingClamped(rates.rejectedByBulkhead)
    let counts = [
      ("circuit", rates.rejectedByCircuit), ("bulkhead", rates.rejectedByBulkhead),
      ("other", max(0, rates.rejectedRequests.subtractingClamped(known))),
    ]
    return counts.map { ([("component", rates.component.text), ("reason", $0.0)], Double($0.1)) }
  }

  private func addServer(_ text: inout PrometheusText) {
    let counts = service.metrics.counts
    text.add(
      "healing_http_requests_total", .counter, "Requests by operation and status.",
      counts.requests.sorted { ($0.key.operation, $0.key.status) < ($1.key.operation, $1.key.status) }.map {
        ([("operation", $0.key.operation), ("status", String($0.key.status))], Double($0.value))
      })
    text.addHistogram(
      "healing_http_request_duration_seconds", "Duration of requests.", bounds: ServerMetrics.bounds,
      counts: counts.durations, sum: counts.durationSum.milliseconds / 1_000)
  }
}
