import Healing

/// The data of a server-sent event of `GET /events`. The kind is sent in the `event` field.
struct EventData: Encodable {
  struct Failed: Encodable {
    let id: LedgerID
    let component: ComponentName
    let operation: String
    let category: ErrorCategory
    let severity: ErrorSeverity
    let type: String
    let message: String
    let attempt: Int
    let requestId: OrNull<String>
    let causeId: OrNull<LedgerID>
    let occurrences: Int
    let timestamp: Timestamp
  }
  struct Transition: Encodable {
    let id: LedgerID
    let component: ComponentName
    let from: CircuitState
    let to: CircuitState
    let reason: String
    let failureCount: Int
    let openUntil: OrNull<Timestamp>
    let errorId: OrNull<LedgerID>
    let actor: OrNull<String>
    let note: OrNull<String>
    let timestamp: Timestamp
  }
  struct Check: Encodable {
    let id: LedgerID
    let component: ComponentName
    let status: HealthStatus
    let previousStatus: OrNull<HealthStatus>
    let errorRate: Double
    let responseTimeMs: Double
    let message: String
    let issues: [String]
    let timestamp: Timestamp
  }
  struct Recovered: Encodable {
    let id: LedgerID
    let recovery: RecoveryResponse

    func encode(to encoder: any Encoder) throws {
      try recovery.encode(to: encoder)
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(id, forKey: .id)
    }
    private enum Key: CodingKey { case id }
  }

  let kind: String
  private let content: any Encodable & Sendable

  init(_ event: RecoveryEvent) {
    kind = event.name
    switch event {
    case .error(let error):
      content = Failed(
        id: error.id, component: error.component, operation: error.operation, category: error.category,
        severity: error.severity, type: error.type, message: error.message, attempt: error.attempt,
        requestId: OrNull(error.requestID), causeId: OrNull(error.causeID), occurrences: error.occurrences,
        timestamp: error.at)
    case .recovery(let recovery):
      content = Recovered(id: recovery.id, recovery: RecoveryResponse(recovery))
    case .transition(let transition):
      content = Transition(
        id: transition.id, component: transition.component, from: transition.from, to: transition.to,
        reason: transition.reason, failureCount: transition.failureCount,
        openUntil: OrNull(transition.openUntil), errorId: OrNull(transition.errorID),
        actor: OrNull(transition.actor), note: OrNull(transition.note), timestamp: transition.at)
    case .check(let check):
      content = Check(
        id: check.id, component: check.component, status: check.status,
        previousStatus: OrNull(check.previousStatus), errorRate: check.errorRate,
        responseTimeMs: check.responseTime.milliseconds, message: check.message, issues: check.issues,
        timestamp: check.at)
    case .alert(let alert):
      content = alert
    }
  }

  func encode(to encoder: any Encoder) throws { try content.encode(to: encoder) }
}
