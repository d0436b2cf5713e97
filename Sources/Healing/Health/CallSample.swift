/// One attempt on the per-call path: small, without references, stamped with the monotonic clock only.
/// The ledger turns it into a row with the time of day.
public struct CallSample: Sendable {
  /// The component called.
  public let component: ComponentName
  /// How it came out.
  public let outcome: CallOutcome
  /// How long the attempt took, in nanoseconds.
  public let duration: Int64
  /// When it ended, on the monotonic clock of the ledger's time source, in nanoseconds.
  public let endedAt: Int64

  /// A sample from its parts.
  @inlinable
  public init(component: ComponentName, outcome: CallOutcome, duration: Int64, endedAt: Int64) {
    self.component = component
    self.outcome = outcome
    self.duration = duration
    self.endedAt = endedAt
  }
}
