import Healing

/// Routes that start and stop the monitor and return its status.
struct MonitoringRoutes {
  let service: ServerContext

  var routes: [Route] {
    [
      Route(.post, "/api/v1/healing/monitoring/start", "startMonitoring", handle: start),
      Route(.post, "/api/v1/healing/monitoring/stop", "stopMonitoring", handle: stop),
      Route(.get, "/api/v1/healing/monitoring/status", "getMonitoringStatus", handle: status),
    ]
  }

  private func start(_ call: Route.Call) async throws -> HTTPResponse {
    let monitor = service.monitor
    monitor.start()
    return try JSONText.response(
      MonitoringStartedResponse(
        checkIntervalSeconds: monitor.options.checkInterval.milliseconds / 1_000, message: "Monitoring is on")
    )
  }

  private func stop(_ call: Route.Call) async throws -> HTTPResponse {
    await service.monitor.stop()
    return try JSONText.response(MonitoringStoppedResponse(message: "Monitoring is off"))
  }

  private func status(_ call: Route.Call) async throws -> HTTPResponse {
    let monitor = service.monitor
    await service.ledger.settleForReading()
    return try JSONText.response(
      MonitoringStatusResponse(
        monitoringActive: monitor.isActive,
        checkIntervalSeconds: monitor.options.checkInterval.milliseconds / 1_000,
        alertThreshold: monitor.options.alertThreshold,
        registeredComponents: try await service.ledger.components.all().count,
        registeredHealthChecks: monitor.registeredChecks, alertCallbacks: monitor.alertHandlers))
  }
}
