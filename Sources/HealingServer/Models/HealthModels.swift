import Healing

/// `GET /health`
struct SystemHealthResponse: Encodable {
  private enum CodingKeys: CodingKey { case ledgerProblem }

  /// Maximum number of listed alert channels, because clients can also name components `alert.…`.
  private static let mostChannels = 1_000

  private var health: SystemHealth
  private let problem: LedgerError?

  init(_ health: SystemHealth, _ problem: LedgerError?) {
    self.health = health
    self.health.alertChannels = Array(health.alertChannels.prefix(Self.mostChannels))
    self.problem = problem
  }

  func encode(to encoder: any Encoder) throws {
    try health.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(problem?.problem, forKey: .ledgerProblem)
  }
}

/// `GET /health/components`, without the components.
struct ComponentsHealthResponse: Encodable {
  let totalComponents: Int
  let ledgerProblem: OrNull<String>
  let nextAfter: String?
}
