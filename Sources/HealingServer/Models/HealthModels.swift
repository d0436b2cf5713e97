import Healing

/// `GET /health`
struct SystemHealthResponse: Encodable {
  struct Details: Encodable {
    let components: Int
    let healthy: Int
    let degraded: Int
    let unhealthy: Int
    let critical: Int
  }
  /// Maximum number of listed alert channels, because clients can also name components `alert.…`.
  private static let mostChannels = 1_000

  let systemStatus: HealthStatus
  let errorRate: Double
  let successRate: Double
  let message: String
  let issues: [String]
  let details: Details
  let alertChannels: [String: ComponentsHealthResponse.Item]
  let ledgerProblem: OrNull<String>
  /// The longest window of all components, in seconds.
  let windowSeconds: Double
  let timestamp: Timestamp

  init(_ health: SystemHealth, _ problem: LedgerError?) {
    ledgerProblem = OrNull(problem?.problem)
    systemStatus = health.status
    errorRate = health.errorRate
    successRate = health.successRate
    message = health.message
    issues = health.issues
    details = Details(
      components: health.components.count, healthy: health.count(.healthy),
      degraded: health.count(.degraded), unhealthy: health.count(.unhealthy),
      critical: health.count(.critical))
    alertChannels = Dictionary(
      health.alertChannels.prefix(Self.mostChannels).map {
        ($0.component.text, ComponentsHealthResponse.Item($0))
      },
      uniquingKeysWith: { _, last in last })
    let windows = health.components.map(\.window)
    windowSeconds = (windows.max() ?? HealthOptions.standard.window).milliseconds / 1_000
    timestamp = health.at
  }
}

/// The circuit of a component; state and override have the values of `GET /circuit-breakers`.
struct CircuitResponse: Encodable {
  let state: CircuitState
  let override: OrNull<String>
  let since: OrNull<Timestamp>
  let reason: OrNull<String>
  let until: OrNull<Timestamp>

  init(_ circuit: CircuitHealth) {
    state = circuit.state
    override = OrNull(circuit.override?.rawValue)
    since = OrNull(circuit.since)
    reason = OrNull(circuit.reason)
    until = OrNull(circuit.until)
  }
}

/// `GET /health?component=`
struct ComponentHealthResponse: Encodable {
  struct Details: Encodable {
    let totalRequests: Int64
    let failedRequests: Int64
    let rejectedRequests: Int64
    let rejectedByCircuit: Int64
    let rejectedByBulkhead: Int64
    let rejectedRate: Double
  }
  let component: ComponentName
  let status: HealthStatus
  let responseTimeMs: Double
  let errorRate: Double
  let successRate: Double
  let message: String
  let issues: [String]
  let circuit: OrNull<CircuitResponse>
  let details: Details
  let windowSeconds: Double
  let timestamp: Timestamp

  init(_ health: ComponentHealth) {
    component = health.component
    status = health.status
    responseTimeMs = health.responseTime.milliseconds
    errorRate = health.errorRate
    successRate = health.successRate
    message = health.message
    issues = health.issues
    circuit = OrNull(health.circuit.map(CircuitResponse.init))
    details = Details(
      totalRequests: health.totalRequests, failedRequests: health.failedRequests,
      rejectedRequests: health.rejectedRequests, rejectedByCircuit: health.rejectedByCircuit,
      rejectedByBulkhead: health.rejectedByBulkhead, rejectedRate: health.rejectedRate)
    windowSeconds = health.window.milliseconds / 1_000
    timestamp = health.at
  }
}

/// `GET /health/components`, without the components.
struct ComponentsHealthResponse: Encodable {
  struct Item: Encodable {
    let status: HealthStatus
    let errorRate: Double
    let successRate: Double
    let responseTimeMs: Double
    let rejectedRate: Double
    let message: String
    let issues: [String]
    let circuit: OrNull<CircuitResponse>

    init(_ health: ComponentHealth) {
      status = health.status
      errorRate = health.errorRate
      successRate = health.successRate
      responseTimeMs = health.responseTime.milliseconds
      rejectedRate = health.rejectedRate
      message = health.message
      issues = health.issues
      circuit = OrNull(health.circuit.map(CircuitResponse.init))
    }
  }
  let totalComponents: Int
  let ledgerProblem: OrNull<String>
  let nextAfter: String?
}
