/// The health of a component or of the system, from best to worst.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum HealthStatus: String, Sendable, Codable, CaseIterable, Comparable {
  /// Error rate under 5 %.
  case healthy
  /// Error rate from 5 % to under 20 %, or slow responses.
  case degraded
  /// Error rate from 20 % to 50 %.
  case unhealthy
  /// Error rate over 50 %, or a recent critical error.
  case critical

  private var rank: Int {
    switch self {
    case .healthy: 0
    case .degraded: 1
    case .unhealthy: 2
    case .critical: 3
    }
  }

  /// Orders from best to worst: `healthy < critical`.
  public static func < (a: HealthStatus, b: HealthStatus) -> Bool { a.rank < b.rank }
}
