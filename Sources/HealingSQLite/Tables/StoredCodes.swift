package import Healing

/// A value of a closed vocabulary that is stored as a small integer, its index in `stored`. The list agrees
/// with the lookup tables of the migrations, which a test compares. It may only be appended to.
package protocol StoredCode: RawRepresentable, Equatable, Sendable where RawValue == String {
  static var stored: [Self] { get }
  /// The value for a code that a newer program wrote.
  static var unknownCode: Self { get }
}

extension StoredCode {
  package var code: Int64 { Int64(Self.stored.firstIndex(of: self) ?? 0) }

  package init(code: Int64) {
    self = Self.stored.indices.contains(Int(code)) ? Self.stored[Int(code)] : Self.unknownCode
  }
}

extension ErrorCategory: StoredCode {
  package static let stored: [ErrorCategory] = [
    .network, .api, .rateLimit, .authentication, .resource, .database, .validation, .timeout,
    .configuration, .unknown,
  ]
  package static let unknownCode = ErrorCategory.unknown
}

extension ErrorSeverity: StoredCode {
  package static let stored: [ErrorSeverity] = [.low, .medium, .high, .critical]
  package static let unknownCode = ErrorSeverity.medium
}

extension HealthStatus: StoredCode {
  package static let stored: [HealthStatus] = [.healthy, .degraded, .unhealthy, .critical]
  package static let unknownCode = HealthStatus.degraded
}

extension RecoveryAction: StoredCode {
  package static let stored: [RecoveryAction] = [
    .retry, .retryBackoff, .fallback, .rollback, .circuitBreak, .restart, .alert, .ignore, .escalate,
    .custom,
  ]
  package static let unknownCode = RecoveryAction.custom
}

extension CircuitState: StoredCode {
  package static let stored: [CircuitState] = [.closed, .open, .halfOpen]
  package static let unknownCode = CircuitState.closed
}

extension RejectionReason: StoredCode {
  package static let stored: [RejectionReason] = [.circuit, .bulkhead, .inner, .reported]
  package static let unknownCode = RejectionReason.reported
}
