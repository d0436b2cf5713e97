/// The result of checking a component: one row of the ledger.
public struct HealthCheckRecord: Sendable, Hashable {
  /// The row's id.
  public var id: LedgerID
  /// When the component was checked.
  public var at: Timestamp
  /// The checked component.
  public var component: ComponentName
  /// The component's status.
  public var status: HealthStatus
  /// The status before; `nil` when this check did not change it.
  public var previousStatus: HealthStatus?
  /// Share of failed attempts over the sliding window, 0...1; without attempts the rate that the health check
  /// measured, or 0.
  public var errorRate: Double
  /// Attempts in the window.
  public var totalRequests: Int64
  /// Failed attempts in the window.
  public var failedRequests: Int64
  /// Mean duration of the attempts in the window; without attempts the response time that the health check
  /// measured, or the duration of that check.
  public var responseTime: Duration
  /// A one-line message for operators, without secrets.
  public let message: String
  /// The issues, one entry each, without secrets.
  public let issues: [String]

  /// Creates a record, and redacts `message` and `issues`.
  public init(
    id: LedgerID, at: Timestamp, component: ComponentName, status: HealthStatus,
    previousStatus: HealthStatus? = nil, errorRate: Double, totalRequests: Int64, failedRequests: Int64,
    responseTime: Duration, message: String, issues: [String] = []
  ) {
    self.id = id
    self.at = at
    self.component = component
    self.status = status
    self.previousStatus = previousStatus
    self.errorRate = errorRate.isFinite ? errorRate : 0
    self.totalRequests = totalRequests
    self.failedRequests = failedRequests
    self.responseTime = responseTime
    self.message = Redactor.redact(message)
    self.issues = issues.map { Redactor.redact($0) }
  }
}

extension HealthCheckRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, timestamp, component, status, message, issues
    case previousStatus = "previous_status"
    case errorRate = "error_rate"
    case totalRequests = "total_requests"
    case failedRequests = "failed_requests"
    case responseTimeMs = "response_time_ms"
  }

  /// Encodes the fields of a `check` event of `GET /events`, and `total_requests` and `failed_requests`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(at, forKey: .timestamp)
    try container.encode(component, forKey: .component)
    try container.encode(status, forKey: .status)
    try container.encode(previousStatus, forKey: .previousStatus)
    try container.encode(errorRate, forKey: .errorRate)
    try container.encode(totalRequests, forKey: .totalRequests)
    try container.encode(failedRequests, forKey: .failedRequests)
    try container.encode(responseTime.milliseconds, forKey: .responseTimeMs)
    try container.encode(message, forKey: .message)
    try container.encode(issues, forKey: .issues)
  }
}
