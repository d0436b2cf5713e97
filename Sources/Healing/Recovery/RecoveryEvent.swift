/// Something that happened in an engine, for logs and metrics. Per-call samples are not among them.
public enum RecoveryEvent: Sendable {
  /// An attempt failed.
  case error(ErrorContext)
  /// A recovery ended.
  case recovery(RecoveryRecord)
  /// A breaker changed state.
  case transition(BreakerTransitionRecord)
  /// A component was looked at.
  case check(HealthCheckRecord)
  /// An alert went out.
  case alert(AlertRecord)
}
