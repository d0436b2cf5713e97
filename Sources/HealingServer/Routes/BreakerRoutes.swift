import Healing

/// Routes that list and reset circuit breakers.
struct BreakerRoutes {
  let service: ServerContext

  var routes: [Route] {
    [
      Route(
        .get, "/api/v1/healing/circuit-breakers", "getCircuitBreakers", takesQuery: true, .stateRead(list)),
      Route(.post, "/api/v1/healing/circuit-breakers/reset", "resetCircuitBreaker", handle: reset),
    ]
  }

  private func list(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let page = Page(query)
    try query.check()
    await service.ledger.settleForReading()
    let breakers = try await service.ledger.breakers.all()
    let now = service.time.wallClock()
    let (listed, next) = page.select(breakers, by: \.component)
    return try JSONText.response(
      BreakersResponse(total: breakers.count, nextAfter: next), "circuit_breakers", of: listed
    ) { ($0.component, BreakersResponse.Item($0, at: now)) }
  }

  private func reset(_ call: Route.Call) async throws -> HTTPResponse {
    let fields = try FieldReader(body: call.request.body)
    let given = fields.component("component")
    let name = try fields.checked(given)
    await service.ledger.settleForReading()
    guard try await service.ledger.breakers.find(name) != nil else {
      if try await service.ledger.components.find(name) == nil {
        throw await service.catalog.unknown(name.text)
      }
      throw ProblemDetails(
        404, "no circuit breaker is called \(name)",
        fields: [.init(field: "component", message: "has no circuit breaker")])
    }
    let (_, durable) = try await service.record {
      try service.catalog.componentWithBreaker(name).resetBreaker(actor: "api")
    }
    return try JSONText.response(
      ResetResponse(
        component: name, durable: durable, mayBeLost: !durable, message: "Circuit of '\(name)' closed"))
  }
}
