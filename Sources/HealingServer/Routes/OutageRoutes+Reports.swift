import Healing

/// Routes that return the reports on retries, availability and rates.
extension OutageRoutes {
  var reportRoutes: [Route] {
    let root = "/api/v1/healing/reports"
    return [
      Route(.get, "\(root)/attempts", "getAttempts", takesQuery: true, .largeRead(attempts)),
      Route(.get, "\(root)/retries", "getRetries", takesQuery: true, .largeRead(retries)),
      Route(.get, "\(root)/availability", "getAvailability", takesQuery: true, .largeRead(availability)),
      Route(.get, "\(root)/rates", "getRates", takesQuery: true, .largeRead(rates)),
    ]
  }

  private func attempts(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let (range, component) = (query.range(), query.optionalComponent("component"))
    try query.check()
    try await checkIsKnown(component)
    let attempts = try await service.ledger.outages.attemptEffect(range, component: component)
    return try JSONText.response(
      CountResponse(count: attempts.count), "attempts", list: attempts, AttemptEffectResponse.init)
  }

  private func retries(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let (range, component) = (query.range(), query.optionalComponent("component"))
    try query.check()
    try await checkIsKnown(component)
    let retries = try await service.ledger.outages.retryEffect(range, component: component)
    return try JSONText.response(
      CountResponse(count: retries.count), "retries", list: retries, RetryEffectResponse.init)
  }

  private func availability(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    let (range, component) = (query.range(), query.optionalComponent("component"))
    let slo = query.number("slo", default: 99.9, in: 0...99.9999)
    let minCalls = query.integer("min_calls", default: 100, in: 1...1_000_000)
    try query.check()
    try await checkIsKnown(component)
    let rows = try await service.ledger.outages.availability(range, component: component)
    return try JSONText.response(
      AvailabilitiesResponse(count: rows.count, sloPercent: slo, minCalls: minCalls), "availability",
      list: rows
    ) {
      AvailabilityResponse($0, burn: $0.burn(objective: slo / 100, minCalls: Int64(minCalls)))
    }
  }

  private func rates(_ call: Route.Call) async throws -> HTTPResponse {
    let query = try FieldReader(query: call.request)
    var range = query.range()
    let component = query.optionalComponent("component")
    let interval = query.word("by", default: RateSeries.Interval.hour) ?? .hour
    let count = query.integer("count", default: 1_000, in: 1...10_000)
    try query.check()
    try await checkIsKnown(component)
    if range.since == nil {
      let end = range.until ?? service.time.wallClock()
      range.since = end + .seconds(-interval.seconds * Int64(count))
    }
    let series = try await service.ledger.outages.rates(
      range, component: component, by: interval, limit: count)
    return try JSONText.response(
      RatesResponse(series, range), "rates", list: series.buckets, RateBucketResponse.init)
  }
}
