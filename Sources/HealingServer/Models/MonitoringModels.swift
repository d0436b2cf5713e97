import Healing

/// `POST /monitoring/start`
struct MonitoringStartedAnswer: Encodable {
  let monitoring = true
  let checkIntervalSeconds: Double
  let message: String
}

/// `POST /monitoring/stop`
struct MonitoringStoppedAnswer: Encodable {
  let monitoring = false
  let message: String
}

/// `GET /monitoring/status`
struct MonitoringStatusAnswer: Encodable {
  let monitoringActive: Bool
  let checkIntervalSeconds: Double
  let alertThreshold: HealthStatus
  let registeredComponents: Int
  let registeredHealthChecks: Int
  let alertCallbacks: Int
}
