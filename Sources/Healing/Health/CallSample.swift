/// One attempt on the per-call path: small, without references, stamped with the monotonic clock only.
/// The ledger turns it into a row with the time of day.
public struct CallSample: Sendable {
  /// Number of the component's ``ComponentSlot``.
  package let slot: UInt32
  /// How it came out.
  public let outcome: CallOutcome
  /// How long the attempt took, in nanoseconds.
  public let duration: Int64
  /// When it ended, on the monotonic clock of the ledger's time source, in nanoseconds.
  public let endedAt: Int64

  /// A sample from its parts.
  /// - Parameter slot: kept by whoever records the sample, at least until it is recorded.
  package init(slot: UInt32, outcome: CallOutcome, duration: Int64, endedAt: Int64) {
    self.slot = slot
    self.outcome = outcome
    self.duration = duration
    self.endedAt = endedAt
  }

  /// The component called. To be read while ``Ledger/record(_:)-(CallSample)`` has the sample: afterwards the component
  /// may be forgotten, and the sample's number stand for another one.
  public var component: ComponentName { ComponentSlots.shared.name(of: slot) ?? ComponentName("unknown") }
}
