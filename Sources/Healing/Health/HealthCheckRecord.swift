/// An evaluation of a component at a time: one row of the ledger.
public struct HealthCheckRecord: Sendable, Hashable {
  /// The row's id.
  public var id: LedgerID
  /// When the component was looked at.
  public var at: Timestamp
  /// The component looked at.
  public var component: ComponentName
  /// What it was found to be.
  public var status: HealthStatus
  /// What it was before, when this check changed it.
  public var previousStatus: HealthStatus?
  /// Share of failed attempts over the sliding window, 0...1.
  public var errorRate: Double
  /// Attempts in the window.
  public var totalRequests: Int64
  /// Failed attempts in the window.
  public var failedRequests: Int64
  /// Mean duration of the attempts in the window, or of the check itself when it called the component.
  public var responseTime: Duration
  /// One line for people, without secrets.
  public let message: String
  /// What is wrong, one item each, without secrets.
  public let issues: [String]

  /// A record from its parts. Secrets are removed from `message` and `issues` here.
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
