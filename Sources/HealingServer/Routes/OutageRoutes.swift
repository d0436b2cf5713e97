import Healing

/// Routes that return the reports on outages.
struct OutageRoutes {
  let service: ServerContext

  var routes: [Route] {
    [
      Route(.get, "/api/v1/healing/incidents", "getIncidents", takesQuery: true, .largeRead(incidents)),
      Route(.get, "/api/v1/healing/errors", "getErrors", takesQuery: true, .largeRead(errors)),
      Route(.get, "/api/v1/healing/errors/{id}", "getError", .task(error)),
      Route(.get, "/api/v1/healing/timeline", "getTimeline", takesQuery: true, .largeRead(timeline)),
      Route(.get, "/api/v1/healing/state", "getState", takesQuery: true, .largeRead(state)),
      Route(
        .get, "/api/v1/healing/reports/releases", "getReleases", takesQuery: true, .largeRead(releases)),
    ] + reportRoutes
  }

  private func incidents(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let (range, component) = (query.range(), query.optionalComponent("component"))
    let count = query.integer("count", default: 100, in: 1...1_000)
    try query.check()
    try await checkIsKnown(component)
    let report = try await service.ledger.outages.incidents(
      range, component: component, rules: IncidentRules(), now: service.time.wallClock())
    let omitted = report.incidents.count - count
    return try JSONText.response(
      IncidentsResponse(report, omitted: omitted > 0 ? omitted : nil), "incidents",
      list: report.incidents.suffix(count), IncidentResponse.init)
  }

  private func errors(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let (range, component) = (query.range(), query.optionalComponent("component"))
    let count = query.integer("count", default: 20, in: 1...1_000)
    try query.check()
    try await checkIsKnown(component)
    let groups = try await service.ledger.outages.errorGroups(range, component: component, limit: count)
    return try JSONText.response(CountResponse(count: groups.count), "groups", list: groups) { $0 }
  }

  private func error(_ call: Route.Call) async throws -> HTTPResponse {
    let text = call.parameters["id"] ?? ""
    guard text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let id = LedgerID(text) else {
      throw ProblemDetails(
        422, "the error's id is not valid",
        fields: [.init(field: "id", message: "must be the digits of an id, such as error_id of POST /errors")]
      )
    }
    await service.ledger.settleForReading()
    guard let error = try await service.ledger.errors.find(id) else {
      throw ProblemDetails(
        404, "there is no error \(text): it was merged with others, or retention has deleted its row",
        fields: [.init(field: "id", message: "is not known")])
    }
    return try JSONText.response(error)
  }

  private func timeline(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let (range, component) = (query.range(), query.optionalComponent("component"))
    let count = query.integer("count", default: 1_000, in: 1...10_000)
    try query.check()
    try await checkIsKnown(component)
    let events = try await service.ledger.outages.timeline(range, component: component, limit: count)
    var bytes = 0
    let fitting = events.prefix { event in
      bytes += JSONText.size(of: event.text ?? "")
      return bytes <= JSONText.longestAnswer
    }
    return try JSONText.response(
      CountResponse(count: fitting.count), "events", list: Array(fitting), TimelineEventResponse.init)
  }

  private func state(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let (at, component) = (query.optionalTime("at"), query.optionalComponent("component"))
    try query.check()
    try await checkIsKnown(component)
    let time = at ?? service.time.wallClock()
    let states = try await service.ledger.outages.states(at: time, component: component)
    return try JSONText.response(StatesResponse(at: time), "components", of: states) {
      ($0.component, StateAtResponse($0))
    }
  }

  private func releases(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let (range, component) = (query.range(), query.optionalComponent("component"))
    try query.check()
    try await checkIsKnown(component)
    let releases = try await service.ledger.outages.releases(range, component: component)
    return try JSONText.response(
      CountResponse(count: releases.count), "releases", list: releases, ReleaseResponse.init)
  }

  /// Waits until everything recorded before can be read, and checks a component. A forgotten one keeps its history.
  func checkIsKnown(_ component: ComponentName?) async throws {
    let ledger = service.ledger
    await ledger.settleForReading()
    guard let component, try await ledger.components.find(component) == nil,
      try await ledger.recoveries.statistics(.all, component: component).isEmpty
    else { return }
    throw await service.catalog.unknown(component.text)
  }
}
