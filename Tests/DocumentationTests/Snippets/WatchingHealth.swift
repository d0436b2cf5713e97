import Healing
import HealingSQLite

extension Example {
  mutating func status() async throws {
    let monitor = HealthMonitor(engine: engine)
    let system = try await monitor.systemHealth()
    print(system.status, system.message)
    if let health = try await monitor.health(of: "orders_db") { print(health.status, health.errorRate) }
  }

  mutating func reporting() async throws {
    monitor.recordSuccess("legacy_gateway", duration: .milliseconds(80))
    monitor.recordFailure("legacy_gateway", duration: .seconds(2), error: error)
  }

  mutating func customCheck() async throws {
    monitor.register(
      "orders_db",
      check: try HealthCheck(timeout: .seconds(2)) {
        let lag = try await database.replicationLag()
        return lag < .seconds(10) ? .healthy("lag \(lag)") : .degraded("replica is \(lag) behind")
      })
  }

  mutating func alerts() async throws {
    let monitor = try HealthMonitor(
      engine: engine,
      options: MonitorOptions(
        checkInterval: .seconds(30), alertThreshold: .unhealthy, reminderInterval: .seconds(3600)))
    monitor.onAlert("pager") { alert in
      if alert.isResolved {
        try await pager.resolve(alert.component.text)
      } else {
        try await pager.send(alert.message)
      }
    }
    monitor.start()
  }

  mutating func healthThresholds() async throws {
    let payments = ComponentPolicy(
      health: HealthOptions(degradedErrorRate: 0.01, unhealthyErrorRate: 0.05, criticalErrorRate: 0.2))
  }
}
