/// How long a ledger keeps its rows, and how large its file may become. Totals, daily sums, transitions, overrides,
/// alerts and policies are kept for good.
///
/// One of the processes that have a ledger open deletes rows, in transactions of at most about 50 ms. Give all programs
/// of a ledger the same options. Rows in a range that `healing pin` protects stay.
///
/// Every age is at least 1 minute; `nil` keeps the rows for good.
public struct RetentionOptions: Sendable, Hashable {
  /// Age up to which samples and rejected calls are kept. Default: 7 days.
  public var samples: Duration? { didSet { samples = Self.bounded(samples) } }
  /// Age up to which errors are kept. Default: 90 days.
  public var errors: Duration? { didSet { errors = Self.bounded(errors) } }
  /// Age up to which recoveries are kept. Default: 400 days.
  public var recoveries: Duration? { didSet { recoveries = Self.bounded(recoveries) } }
  /// Age up to which health checks are kept. The last check of each component stays. Default: 30 days.
  public var checks: Duration? { didSet { checks = Self.bounded(checks) } }
  /// Age up to which positions of the feed are kept, for event streams that resume. Default: 30 days; never longer than
  /// errors, recoveries or checks. Positions of alerts stay.
  public var events: Duration? { didSet { events = Self.bounded(events) } }
  /// Age up to which sums by the minute are kept. Reports on earlier ranges are by the hour. Default: 90 days.
  public var minutes: Duration? { didSet { minutes = Self.bounded(minutes) } }
  /// Age up to which sums by the hour are kept. Reports on earlier ranges are by the day. Default: 730 days; never
  /// shorter than `minutes`.
  public var hours: Duration? { didSet { hours = Self.bounded(hours) } }
  /// Size of the ledger's used pages in bytes above which the oldest rows are deleted, whatever their age: samples and
  /// rejected calls first, then checks, then errors and recoveries. `nil`: no limit. Default: 2 GiB; at least 1 MiB.
  public var maxBytes: Int64? { didSet { maxBytes = maxBytes.map { max(1 << 20, $0) } } }

  /// The default values.
  public static let standard = RetentionOptions()
  /// Keeps everything.
  public static let off = RetentionOptions(
    samples: nil, errors: nil, recoveries: nil, checks: nil, events: nil, minutes: nil, hours: nil,
    maxBytes: nil)

  /// Creates options.
  public init(
    samples: Duration? = .seconds(7 * 86_400), errors: Duration? = .seconds(90 * 86_400),
    recoveries: Duration? = .seconds(400 * 86_400),
    checks: Duration? = .seconds(30 * 86_400), events: Duration? = .seconds(30 * 86_400),
    minutes: Duration? = .seconds(90 * 86_400),
    hours: Duration? = .seconds(730 * 86_400), maxBytes: Int64? = 2 << 30
  ) {
    self.samples = Self.bounded(samples)
    self.errors = Self.bounded(errors)
    self.recoveries = Self.bounded(recoveries)
    self.checks = Self.bounded(checks)
    self.events = Self.bounded(events)
    self.minutes = Self.bounded(minutes)
    self.hours = Self.bounded(hours)
    self.maxBytes = maxBytes.map { max(1 << 20, $0) }
  }

  private static func bounded(_ age: Duration?) -> Duration? { age.map { max(.seconds(60), $0) } }
}
