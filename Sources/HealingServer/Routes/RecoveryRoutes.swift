import Healing

/// What was recovered.
struct RecoveryRoutes {
  let service: Service
  private let overall = RememberedText<RecoveryStatistics>()

  init(service: Service) { self.service = service }

  var routes: [Route] {
    [
      Route(.get, "/api/v1/healing/recovery/stats", "getRecoveryStats", .largeRead(statistics)),
      Route(.get, "/api/v1/healing/recovery/recent", "getRecentRecoveries", .largeRead(recent)),
    ]
  }

  private func statistics(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let component = query.optionalComponentText("component")
    try query.check()
    let recoveries = service.ledger.recoveries
    guard let component else {
      return try overall.response(of: try await recoveries.statistics(.all, component: nil)) {
        try JSONText.response(RecoveryStatisticsAnswer($0))
      }
    }
    let statistics: RecoveryStatistics
    do {
      let name = try await service.catalog.find(component)
      statistics = try await recoveries.statistics(.all, component: name)
    } catch is Problem {
      // Nothing was ever recovered for a component that nobody knows.
      statistics = RecoveryStatistics(overall: .none, byAction: [], byComponent: [])
    }
    return try JSONText.response(ComponentRecoveryAnswer(component, statistics))
  }

  private func recent(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let count = query.integer("count", default: 10, in: 1...1_000)
    try query.check()
    let recoveries = try await service.ledger.recoveries.recent(.all, component: nil, limit: count)
    return try JSONText.response(RecentRecoveriesAnswer(recoveries))
  }
}
