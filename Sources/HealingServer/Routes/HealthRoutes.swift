import Healing

/// Routes that return the health of components.
struct HealthRoutes {
  let service: ServerContext

  var routes: [Route] {
    [
      Route(.get, "/api/v1/healing/health", "getHealth", takesQuery: true, .stateRead(health)),
      Route(
        .get, "/api/v1/healing/health/components", "getComponentsHealth", takesQuery: true,
        .stateRead(components)),
    ]
  }

  private func health(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let component = query.optionalComponent("component")
    try query.check()
    guard let component else {
      let (health, problem) = await service.systemHealth()
      return try JSONText.response(SystemHealthResponse(health, problem))
    }
    guard let health = try await service.monitor.health(of: component) else {
      throw await service.catalog.unknown(component.text)
    }
    return try JSONText.response(health)
  }

  private func components(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let page = Page(query)
    try query.check()
    let (health, problem) = await service.systemHealth()
    let (items, next) = page.select(health.components, by: \.component)
    return try JSONText.response(
      ComponentsHealthResponse(
        totalComponents: health.components.count, ledgerProblem: OrNull(problem?.problem), nextAfter: next),
      "components", of: items
    ) { ($0.component, ComponentHealth.Entry($0)) }
  }
}
