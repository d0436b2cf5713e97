import Healing

/// Routes for operators and their tools: liveness, readiness, metrics and the API description.
struct SystemRoutes {
  let service: ServerContext

  var routes: [Route] {
    [
      Route(
        .get, "/healthz", "getLiveness", isOpen: true,
        .atOnce(HTTPResponse(contentType: "application/json", body: .bytes(Array(#"{"status":"ok"}"#.utf8))))),
      Route(.get, "/readyz", "getReadiness", handle: readiness),
      Route(
        .get, "/openapi.json", "getDescription",
        .atOnce(HTTPResponse(contentType: "application/json", body: .bytes(PackageResources.openapi_json)))),
      Route(.get, "/metrics", "getMetrics", .stateRead(metrics)),
    ]
  }

  /// Reports ready when the ledger can be read and written.
  private func readiness(_ call: Route.Call) async throws -> HTTPResponse {
    let ledger = service.ledger
    if let problem = ledger.status.problem { throw unready(problem) }
    do {
      _ = try await ledger.recoveries.statistics(.all, component: nil)
      _ = try await ledger.components.all()
    } catch {
      throw unready(error)
    }
    // The end of a recovery that never began writes no row, but makes the writer commit.
    ledger.record(.recoveryEnded(ledger.makeID()))
    switch await withTimeout(for: .seconds(2), time: service.time, { try await ledger.flush() }) {
    case .value: return try JSONText.response(["status": "ready"])
    case .failed(let error as LedgerError): throw unready(error)
    case .failed(let error): throw error
    case .cancelled: throw CancellationError()
    case .timedOut:
      throw unready(LedgerError(.busy, ledger: "", problem: "it has not completed a write for 2 s"))
    }
  }

  private func unready(_ error: LedgerError) -> ProblemDetails {
    ProblemDetails(
      503, "not ready: \(error.problem)", fields: [.init(field: "ledger", message: "\(error.code)")],
      headers: [("Retry-After", "5")])
  }

  private func metrics(_ call: Route.Call) async throws -> HTTPResponse {
    let text = await LedgerMetrics(service: service).text()
    return HTTPResponse(contentType: PrometheusText.contentType, body: .bytes(Array(text.utf8)))
  }
}
