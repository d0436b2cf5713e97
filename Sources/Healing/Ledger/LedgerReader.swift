/// What has been written down, by part. Reads see what is durable.
public protocol LedgerReader: Sendable {
  /// Failed attempts.
  var errors: any ErrorRepository { get }
  /// Outcomes and durations of attempts.
  var samples: any HealthSampleRepository { get }
  /// Evaluations of components.
  var checks: any HealthCheckRepository { get }
  /// Recoveries and the reports on them.
  var recoveries: any RecoveryRepository { get }
  /// Circuit breakers.
  var breakers: any BreakerRepository { get }
  /// The components known.
  var components: any ComponentRepository { get }
  /// The programs that wrote.
  var processes: any ProcessRepository { get }
  /// What happened, in the order in which it was written down.
  var feed: any FeedRepository { get }
}
