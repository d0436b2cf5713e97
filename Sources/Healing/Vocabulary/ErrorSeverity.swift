/// The severity of an error, in rising order. Critical errors are never retried.
///
/// These cases are final: policies and queries compare their order.
public enum ErrorSeverity: String, Sendable, Codable, CaseIterable, Comparable {
  /// Expected occasionally; worth counting.
  case low
  /// Worth investigating when it repeats.
  case medium
  /// Calls fail because of it.
  case high
  /// Nothing works until an operator acts.
  case critical

  private var rank: Int {
    switch self {
    case .low: 0
    case .medium: 1
    case .high: 2
    case .critical: 3
    }
  }

  /// Orders by severity: `low < critical`.
  public static func < (a: ErrorSeverity, b: ErrorSeverity) -> Bool { a.rank < b.rank }
}
