import Healing

/// `POST /monitoring/start`
struct MonitoringStartedResponse: Encodable {
  let monitoring = true
  let checkIntervalSeconds: Double
  let message: String
}

/// `POST /monitoring/stop`
struct MonitoringStoppedResponse: Encodable {
  let monitoring = false
  let message: String
}

/// `GET /monitoring/status`
struct MonitoringStatusResponse: Encodable {
  let monitoringActive: Bool
  let checkIntervalSeconds: Double
  let alertThreshold: HealthStatus
  let registeredComponents: Int
  let registeredHealthChecks: Int
  let alertCallbacks: Int
}
