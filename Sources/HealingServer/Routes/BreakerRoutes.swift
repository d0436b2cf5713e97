import Healing

/// Routes that list, force and reset circuit breakers.
struct BreakerRoutes {
  let service: ServerContext

  var routes: [Route] {
    [
      Route(
        .get, "/api/v1/healing/circuit-breakers", "getCircuitBreakers", takesQuery: true, .stateRead(list)),
      Route(.post, "/api/v1/healing/circuit-breakers/reset", "resetCircuitBreaker", handle: reset),
      Route(
        .get, "/api/v1/healing/breakers/{component}/transitions", "getTransitions", takesQuery: true,
        .largeRead(transitions)),
      Route(.post, "/api/v1/healing/breakers/{component}/override", "setOverride", handle: force),
      Route(
        .delete, "/api/v1/healing/breakers/{component}/override", "liftOverride", takesQuery: true,
        .task(lift)),
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
    _ = try await breaker(of: name)
    let (_, durable) = try await service.record {
      try service.catalog.componentWithBreaker(name).resetBreaker(actor: "api")
    }
    return try JSONText.response(
      ResetResponse(
        component: name, durable: durable, mayBeLost: !durable, message: "Circuit of '\(name)' closed"))
  }

  private func transitions(_ call: Route.Call) async throws -> HTTPResponse {
    let name = try call.component()
    let query = try FieldReader(query: call.request)
    let range = query.range()
    let count = query.integer("count", default: 100, in: 1...1_000)
    try query.check()
    let ledger = service.ledger
    await ledger.settleForReading()
    let transitions = try await ledger.breakers.transitions(range, component: name, limit: count)
    // A forgotten component keeps its transitions.
    if transitions.isEmpty, try await ledger.components.find(name) == nil,
      try await ledger.breakers.transitions(component: name, limit: 1).isEmpty
    {
      throw await service.catalog.unknown(name.text)
    }
    return try JSONText.response(
      CountResponse(count: transitions.count), "transitions", list: transitions
    ) { $0 }
  }

  /// Maximum number of characters of an operator's name and reason.
  private static let (longestActor, longestReason) = (200, 1_000)

  private func force(_ call: Route.Call) async throws -> HTTPResponse {
    let name = try call.component()
    let fields = try FieldReader(body: call.request.body)
    let given: CircuitOverride.Kind? = fields.word("override")
    let actor = fields.words("actor", upTo: Self.longestActor)
    let reason = fields.words("reason", upTo: Self.longestReason)
    let expiry = fields.optionalTime("expires_at")
    if let expiry, expiry <= service.time.wallClock() {
      fields.reject("expires_at", "must be in the future; leave it out for no end")
    }
    let kind = try fields.checked(given)
    _ = try await breaker(of: name)
    let override = CircuitOverride(kind: kind, actor: actor, reason: reason, expiresAt: expiry)
    let (_, durable) = try await service.record {
      try overridable(name) { component throws(NoCircuitBreakerError) in try component.force(override) }
    }
    return try JSONText.response(OverrideResponse(override, of: name, durable: durable))
  }

  private func lift(_ call: Route.Call) async throws -> HTTPResponse {
    let name = try call.component()
    let query = try FieldReader(query: call.request)
    let actor = query.words("actor", upTo: Self.longestActor)
    let reason = query.words("reason", upTo: Self.longestReason)
    try query.check()
    guard try await breaker(of: name).activeOverride(at: service.time.wallClock()) != nil else {
      throw ProblemDetails(
        404, "the circuit of \(name) has no override",
        fields: [.init(field: "component", message: "has no override")])
    }
    let (_, durable) = try await service.record {
      try overridable(name) { component throws(NoCircuitBreakerError) in
        try component.liftOverride(actor: actor, note: reason)
      }
    }
    return try JSONText.response(
      LiftedResponse(
        component: name, durable: durable, mayBeLost: !durable,
        message: "Override of '\(name)' lifted: its circuit breaker decides again"))
  }

  /// Returns a component's breaker in the ledger.
  /// - Throws: 404 for an unknown component, or one without a breaker.
  private func breaker(of name: ComponentName) async throws -> BreakerSnapshot {
    await service.ledger.settleForReading()
    if let breaker = try await service.ledger.breakers.find(name) { return breaker }
    if try await service.ledger.components.find(name) == nil {
      throw await service.catalog.unknown(name.text)
    }
    throw Self.noBreaker(name)
  }

  /// Changes the override of a component, which has the breaker of the ledger.
  /// - Throws: 404 when its policy, set in code, has no breaker.
  private func overridable(
    _ name: ComponentName, _ change: (Component) throws(NoCircuitBreakerError) -> Void
  ) throws(ProblemDetails) {
    let component = try service.catalog.componentWithBreaker(name)
    do throws(NoCircuitBreakerError) { try change(component) } catch { throw Self.noBreaker(name) }
  }

  private static func noBreaker(_ name: ComponentName) -> ProblemDetails {
    ProblemDetails(
      404, "no circuit breaker is called \(name)",
      fields: [.init(field: "component", message: "has no circuit breaker")])
  }
}
