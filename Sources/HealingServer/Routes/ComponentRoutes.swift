import Healing

/// Routes that list, register, reset and forget components.
struct ComponentRoutes {
  let service: ServerContext

  /// Number of recent errors in a component's figures.
  private static let errorCount = 10
  /// Number of recent errors, and of recent checks, of all components that a list reads.
  private static let errorsLookedAt = 1_000

  var routes: [Route] {
    [
      Route(.get, "/api/v1/healing/components", "getComponents", takesQuery: true, .largeRead(list)),
      Route(.post, "/api/v1/healing/components/register", "registerComponent", handle: register),
      Route(.delete, "/api/v1/healing/components/{component}", "forgetComponent", handle: forget),
      Route(.get, "/api/v1/healing/component/{component}/stats", "getComponentStats", .largeRead(stats)),
      Route(.post, "/api/v1/healing/component/{component}/reset", "resetComponent", handle: reset),
    ]
  }

  private func list(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let page = Page(query)
    try query.check()
    let ledger = service.ledger
    let health = try await service.monitor.systemHealth().all
    let rates = try await ledger.samples.rates(.all, component: nil)
    let rateOf = Dictionary(rates.map { ($0.component, $0) }, uniquingKeysWith: { first, _ in first })
    let errors = Dictionary(
      grouping: try await ledger.errors.recent(component: nil, limit: Self.errorsLookedAt), by: \.component)
    let checks = try await ledger.checks.recent(component: nil, limit: Self.errorsLookedAt)
    let checkedAt = Dictionary(checks.map { ($0.component, $0.at) }, uniquingKeysWith: { _, last in last })
    let (listed, next) = page.select(health, by: \.component) { component in
      (errors[component.component] ?? []).suffix(Self.errorCount).reduce(0) {
        $0 + JSONText.size(of: $1.message)
      }
    }
    return try JSONText.response(
      ComponentsResponse(total: health.count, nextAfter: next), "components", of: listed
    ) { component in
      (
        component.component,
        ComponentStatsResponse(
          component, rates: rateOf[component.component],
          lastCheck: service.monitor.lastCheck(of: component.component) ?? checkedAt[component.component],
          errors: (errors[component.component] ?? []).suffix(Self.errorCount))
      )
    }
  }

  private func stats(_ call: Route.Call) async throws -> HTTPResponse {
    let name = try call.component()
    let ledger = service.ledger
    guard let health = try await service.monitor.health(of: name) else {
      throw await service.catalog.unknown(name.text)
    }
    return try JSONText.response(
      ComponentStatsResponse(
        health, rates: try await ledger.samples.rates(.all, component: name).first,
        lastCheck: try await lastCheck(of: name),
        errors: try await ledger.errors.recent(component: name, limit: Self.errorCount)))
  }

  /// Returns the time of the last check. The monitor is asked first, because not every check has a row.
  private func lastCheck(of name: ComponentName) async throws -> Timestamp? {
    if let time = service.monitor.lastCheck(of: name) { return time }
    return try await service.ledger.checks.recent(component: name, limit: 1).last?.at
  }

  private func register(_ call: Route.Call) async throws -> HTTPResponse {
    let fields = try FieldReader(body: call.request.body)
    let given = fields.component("component")
    let hasBreaker = fields.flag("enable_circuit_breaker", default: false)
    let options = CircuitBreakerOptions(fields.object("circuit_breaker_config"))
    let name = try fields.checked(given)
    let (reported, durable) = try await service.record { () throws -> (has: Bool, note: String) in
      try service.catalog.admit([name])
      if hasBreaker {
        let component = service.catalog.withBreaker(options, name)
        if let snapshot = component.breakerSnapshot() { service.ledger.record(.breaker(snapshot)) }
      }
      service.monitor.register(name)
      service.ledger.record(.component(name))
      let component = try service.catalog.component(name)
      let has = component.policy.breaker != nil
      let isIgnored = fields.has("circuit_breaker_config") && !hasBreaker
      // The policy of a component can be set in code when a service mounts the server.
      if hasBreaker && component.policy.breaker != options {
        return (has, "; its policy is set in code and does not change")
      }
      return (
        has,
        isIgnored
          ? "; circuit_breaker_config has no effect, because enable_circuit_breaker is false"
          : has && !hasBreaker ? "; it keeps its circuit breaker" : ""
      )
    }
    return try JSONText.response(
      RegisteredResponse(
        component: name, circuitBreakerEnabled: reported.has, durable: durable, mayBeLost: !durable,
        message: "Component '\(name)' registered\(reported.note)"))
  }

  private func reset(_ call: Route.Call) async throws -> HTTPResponse {
    let name = try await component(call)
    let (_, durable) = try await service.record {
      _ = try service.catalog.component(name)
      service.monitor.reset(name)
    }
    return try JSONText.response(
      ResetResponse(
        component: name, durable: durable, mayBeLost: !durable,
        message: "Metrics of '\(name)' are reset"))
  }

  private func forget(_ call: Route.Call) async throws -> HTTPResponse {
    let name = try await component(call)
    let (_, durable) = try await service.record { service.engine.forget(name, actor: "api") }
    return try JSONText.response(
      ForgottenResponse(
        component: name, durable: durable, mayBeLost: !durable,
        message: "Component '\(name)' forgotten; its history and the totals are kept"))
  }

  /// Returns the name in the path, which the ledger knows.
  private func component(_ call: Route.Call) async throws -> ComponentName {
    try await service.catalog.find(call.component())
  }
}
