import Healing

/// The figures of the ledger and of the server, for Prometheus. The number of components told apart is bounded.
struct LedgerMetrics {
  let service: Service

  /// Components past this many are left out, the quietest first; a metric says how many.
  static let componentLimit = 200

  typealias Samples = [(labels: [(String, String)], value: Double)]

  func text() async throws -> String {
    var text = PrometheusText()
    let ledger = service.ledger
    let statistics = try await ledger.recoveries.statistics(.all, component: nil)
    let rates = try await ledger.samples.rates(.all, component: nil)
    let health = try await service.monitor.systemHealth()
    let breakers = try await ledger.breakers.all()
    let busiest = rates.sorted { ($1.totalRequests, $0.component) < ($0.totalRequests, $1.component) }
    let ranked = busiest.map(\.component) + health.components.map(\.component)
    var told: Set<ComponentName> = []
    for name in ranked where told.count < Self.componentLimit { told.insert(name) }

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
      rates.filter { told.contains($0.component) }.flatMap(Self.calls))
    text.add(
      "healing_component_error_ratio", .gauge, "Share of failed calls over the sliding window.",
      health.components.filter { told.contains($0.component) }.map {
        ([("component", $0.component.text)], $0.errorRate)
      })
    text.add(
      "healing_component_status", .gauge, "1 for the status that the component has.",
      health.components.filter { told.contains($0.component) }.flatMap { component in
        HealthStatus.allCases.map { status in
          (
            [("component", component.component.text), ("status", status.rawValue)],
            component.status == status ? 1 : 0
          )
        }
      })
    text.add(
      "healing_circuit_breaker_state", .gauge, "1 for the state that the component's circuit is in.",
      breakers.filter { told.contains($0.component) }.flatMap { breaker in
        CircuitState.allCases.map { state in
          (
            [("component", breaker.component.text), ("state", state.rawValue)],
            breaker.state == state ? 1 : 0
          )
        }
      })
    text.add(
      "healing_components", .gauge, "Components that the ledger knows.",
      [([], Double(health.components.count))])
    text.add(
      "healing_components_omitted", .gauge, "Components left out of these metrics, to bound their number.",
      [([], Double(max(0, health.components.count - told.count)))])
    text.add(
      "healing_component_limit", .gauge, "Components past which a new one is refused.",
      [([], Double(service.engine.componentLimit))])
    text.add(
      "healing_unprotected_calls_total", .counter, "Calls of this process on components that were refused.",
      [([], Double(service.engine.unprotectedCalls))])
    addServer(&text)
    return text.text
  }

  private static func calls(_ rates: ComponentRates) -> Samples {
    let counts = [
      ("success", rates.totalRequests - rates.failedRequests), ("failure", rates.failedRequests),
      ("rejected", rates.rejectedRequests), ("cancelled", rates.cancelledRequests),
      ("caller_error", rates.callerErrors), ("stale", rates.staleResults),
    ]
    return counts.map { ([("component", rates.component.text), ("outcome", $0.0)], Double($0.1)) }
  }

  private func addServer(_ text: inout PrometheusText) {
    let counts = service.metrics.counts
    text.add(
      "healing_http_requests_total", .counter, "Requests answered, by operation and status.",
      counts.requests.sorted { ($0.key.operation, $0.key.status) < ($1.key.operation, $1.key.status) }.map {
        ([("operation", $0.key.operation), ("status", String($0.key.status))], Double($0.value))
      })
    text.addHistogram(
      "healing_http_request_duration_seconds", "Time to answer a request.", bounds: ServerMetrics.bounds,
      counts: counts.durations, sum: counts.durationSum.milliseconds / 1_000)
  }
}
