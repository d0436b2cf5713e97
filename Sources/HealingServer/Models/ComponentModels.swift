import Healing

/// `GET /component/C/stats`, and each entry of `GET /components`
struct ComponentStatsResponse: Encodable {
  struct RecentError: Encodable {
    let errorId: LedgerID
    let severity: ErrorSeverity
    let category: ErrorCategory
    let message: String

    init(_ error: ErrorContext) {
      errorId = error.id
      severity = error.severity
      category = error.category
      message = error.message
    }
  }
  let component: ComponentName
  let status: HealthStatus
  let circuit: OrNull<CircuitHealth>
  let totalRequests: Int64
  let failedRequests: Int64
  let errorRate: Double
  let successRate: Double
  let rejectedRequests: Int64
  let rejectedByCircuit: Int64
  let rejectedByBulkhead: Int64
  let avgResponseTimeMs: Double
  let lastCheck: OrNull<Timestamp>
  let recentErrors: [RecentError]

  /// - Parameters:
  ///   - rates: counts since the last reset; `nil`: no call was counted.
  ///   - errors: recent errors, newest last.
  init(
    _ health: ComponentHealth, rates: ComponentRates?, lastCheck: Timestamp?,
    errors: [ErrorContext]
  ) {
    component = health.component
    status = health.status
    circuit = OrNull(health.circuit)
    totalRequests = rates?.totalRequests ?? 0
    failedRequests = rates?.failedRequests ?? 0
    errorRate = rates?.errorRate ?? 0
    successRate = totalRequests == 0 ? 1 : rates?.successRate ?? 1
    rejectedRequests = rates?.rejectedRequests ?? 0
    rejectedByCircuit = rates?.rejectedByCircuit ?? 0
    rejectedByBulkhead = rates?.rejectedByBulkhead ?? 0
    avgResponseTimeMs = rates?.avgResponseTimeMs ?? 0
    self.lastCheck = OrNull(lastCheck)
    recentErrors = errors.map(RecentError.init)
  }
}

/// `GET /components`, without the components.
struct ComponentsResponse: Encodable {
  let total: Int
  let nextAfter: String?
}

/// `POST /components/register`
struct RegisteredResponse: Encodable {
  let component: ComponentName
  let registered = true
  let circuitBreakerEnabled: Bool
  let durable: Bool
  let mayBeLost: Bool
  let message: String
}

/// `POST /component/C/reset`, `POST /circuit-breakers/reset`
struct ResetResponse: Encodable {
  let component: ComponentName
  let reset = true
  let durable: Bool
  let mayBeLost: Bool
  let message: String
}

/// `DELETE /components/C`
struct ForgottenResponse: Encodable {
  let component: ComponentName
  let forgotten = true
  let durable: Bool
  let mayBeLost: Bool
  let message: String
}
