import Healing

/// What was recovered.
struct RecoveryRoutes {
  let service: Service
  private let overall = RememberedText<RecoveryStatistics>()

  init(service: Service) { self.service = service }

  var routes: [Route] {
    [
      Route(
        .get, "/api/v1/healing/recovery/stats", "getRecoveryStats", takesQuery: true, .largeRead(statistics)),
      Route(
        .get, "/api/v1/healing/recovery/recent", "getRecentRecoveries", takesQuery: true, .largeRead(recent)),
    ]
  }

  private func statistics(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let component = query.optionalComponent("component")
    let range = query.range()
    try query.check()
    let recoveries = service.ledger.recoveries
    guard let component else {
      return try overall.response(of: try await recoveries.statistics(range, component: nil)) {
        try JSONText.response(RecoveryStatisticsAnswer($0), "by_component", of: $0.byComponent) {
          ($0.component, GroupAnswer($0.totals))
        }
      }
    }
    let statistics = try await recoveries.statistics(range, component: component)
    // One that was forgotten keeps its totals.
    if statistics.overall.totalRecoveries == 0, try await service.ledger.components.find(component) == nil,
      try await recoveries.statistics(.all, component: component).overall.totalRecoveries == 0
    {
      throw await service.catalog.unknown(component.text)
    }
    return try JSONText.response(ComponentRecoveryAnswer(component.text, statistics))
  }

  private func recent(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let count = query.integer("count", default: 10, in: 1...1_000)
    let range = query.range()
    try query.check()
    let recoveries = try await service.ledger.recoveries.recent(range, component: nil, limit: count)
    let (answer, fitting) = RecentRecoveriesAnswer.fitting(recoveries)
    return try JSONText.response(answer, "recoveries", list: fitting, RecoveryAnswer.init)
  }
}
