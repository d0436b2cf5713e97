/// How bad an error is, in rising order. Critical errors are never retried.
public enum ErrorSeverity: String, Sendable, Codable, CaseIterable, Comparable {
  /// Expected now and then; worth a count.
  case low
  /// Worth a look when it repeats.
  case medium
  /// Calls are failing because of it.
  case high
  /// Nothing works until somebody acts.
  case critical

  private var rank: Int {
    switch self {
    case .low: 0
    case .medium: 1
    case .high: 2
    case .critical: 3
    }
  }

  /// Orders by how bad it is.
  public static func < (a: ErrorSeverity, b: ErrorSeverity) -> Bool { a.rank < b.rank }
}
