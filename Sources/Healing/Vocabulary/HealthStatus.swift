/// The state of a component, or of the system, in order of worsening.
public enum HealthStatus: String, Sendable, Codable, CaseIterable, Comparable {
  /// Error rate under 5 %.
  case healthy
  /// Error rate from 5 % to under 20 %, or slow answers.
  case degraded
  /// Error rate from 20 % to 50 %.
  case unhealthy
  /// Error rate over 50 %, or a critical error among the recent ones.
  case critical

  private var rank: Int {
    switch self {
    case .healthy: 0
    case .degraded: 1
    case .unhealthy: 2
    case .critical: 3
    }
  }

  /// Orders by how bad it is: `healthy < critical`.
  public static func < (a: HealthStatus, b: HealthStatus) -> Bool { a.rank < b.rank }
}
