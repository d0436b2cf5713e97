import Healing

/// Routes that return recoveries and their statistics.
struct RecoveryRoutes {
  let service: ServerContext
  private let overall = ResponseCache<Overall>()

  private struct Overall: Equatable, Sendable {
    let statistics: RecoveryStatistics
    let range: LedgerRange
  }

  init(service: ServerContext) { self.service = service }

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
    await service.ledger.settleForReading()
    let recoveries = service.ledger.recoveries
    guard let component else {
      let statistics = try await recoveries.statistics(range, component: nil)
      return try overall.response(of: Overall(statistics: statistics, range: range)) { overall in
        try JSONText.response(
          RecoveryStatisticsResponse(overall.statistics, range), "by_component",
          of: overall.statistics.byComponent
        ) {
          ($0.component, GroupResponse($0.totals))
        }
      }
    }
    let statistics = try await recoveries.statistics(range, component: component)
    // A forgotten component keeps its totals.
    if statistics.isEmpty, try await service.ledger.components.find(component) == nil,
      try await recoveries.statistics(.all, component: component).isEmpty
    {
      throw await service.catalog.unknown(component.text)
    }
    return try JSONText.response(ComponentRecoveryResponse(component.text, statistics, range))
  }

  private func recent(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let count = query.integer("count", default: 10, in: 1...1_000)
    let range = query.range()
    try query.check()
    await service.ledger.settleForReading()
    let recoveries = try await service.ledger.recoveries.recent(range, component: nil, limit: count)
    let (answer, fitting) = RecentRecoveriesResponse.fitting(recoveries)
    return try JSONText.response(answer, "recoveries", list: fitting, RecoveryResponse.init)
  }
}
