/// One attempt on the per-call path, or the end of an execution: 24 bytes, without references, stamped with the monotonic
/// clock only. The ledger turns it into a row with the time of day.
public struct CallSample: Sendable {
  /// Number of the component's ``ComponentSlot``.
  package let slot: UInt32
  /// Raw value of ``outcome``; ``noAttempt`` for `nil`.
  private let outcomeCode: UInt8
  /// Bit 0: stale; bit 1: extra; bits 2...4: 1 plus the position of ``ended`` in its enumeration; bits 5...7: the same of
  /// ``rejection``.
  private let flags: UInt8
  /// Number of a rejected call's operation among those of its slot (``ComponentSlots/operation(_:of:)``); 0 for none.
  package let operation: UInt16
  /// How long the attempt took, in nanoseconds.
  public let duration: Int64
  /// When it ended, on the monotonic clock of the ledger's time source, in nanoseconds.
  public let endedAt: Int64

  private static let noAttempt: UInt8 = .max

  /// A sample of an attempt whose execution succeeded or goes on.
  /// - Parameter slot: kept by the recorder of the sample, at least until it is recorded.
  package init(slot: UInt32, outcome: CallOutcome, duration: Int64, endedAt: Int64) {
    self.slot = slot
    outcomeCode = outcome.rawValue
    flags = 0
    operation = 0
    self.duration = duration
    self.endedAt = endedAt
  }

  /// - Parameters:
  ///   - slot: kept by the recorder of the sample, at least until it is recorded.
  ///   - outcome: how the attempt ended; `nil`: no attempt, an execution has ended.
  ///   - isStale: the result came after the circuit had moved.
  ///   - isExtra: an earlier sample counted the execution.
  ///   - ended: how the execution ended with this sample; `nil`: it goes on, or succeeded at its first attempt.
  ///   - rejection: why the call was not made.
  ///   - operation: of a rejected call.
  package init(
    slot: UInt32, outcome: CallOutcome?, isStale: Bool = false, isExtra: Bool = false,
    ended: ExecutionOutcome? = nil, rejection: RejectionReason? = nil, operation: UInt16 = 0,
    duration: Int64, endedAt: Int64
  ) {
    self.slot = slot
    outcomeCode = outcome?.rawValue ?? Self.noAttempt
    flags =
      (isStale ? 1 : 0) | (isExtra ? 2 : 0) | (ended?.code ?? 0) << 2 | (rejection?.code ?? 0) << 5
    self.operation = operation
    self.duration = duration
    self.endedAt = endedAt
  }

  /// How the attempt ended; `nil` for a sample that only says how an execution ended.
  public var outcome: CallOutcome? { CallOutcome(rawValue: outcomeCode) }
  /// Whether the result came after the circuit had moved, so that it did not change the circuit.
  public var isStale: Bool { flags & 1 != 0 }
  /// Whether an earlier sample counted the execution that the attempt belongs to.
  public var isExtra: Bool { flags & 2 != 0 }
  /// How the execution ended with this sample; `nil`: it goes on, or succeeded at its first attempt.
  public var ended: ExecutionOutcome? { ExecutionOutcome(code: flags >> 2 & 7) }
  /// Why the call was not made; `nil` when it was.
  public var rejection: RejectionReason? { RejectionReason(code: flags >> 5) }
  /// Whether it is an attempt and nothing else: most samples are.
  package var isPlain: Bool { flags == 0 && outcomeCode < CallOutcome.rejected.rawValue }

  /// The component called. To be read while ``Ledger/record(_:)-(CallSample)`` has the sample: afterwards the component
  /// may be forgotten, and the sample's number stand for another one.
  public var component: ComponentName { ComponentSlots.shared.name(of: slot) ?? ComponentName("unknown") }
}

extension ExecutionOutcome {
  fileprivate var code: UInt8 {
    switch self {
    case .saved: 1
    case .degraded: 2
    case .undone: 3
    case .lost: 4
    case .interrupted: 5
    }
  }

  fileprivate init?(code: UInt8) {
    switch code {
    case 1: self = .saved
    case 2: self = .degraded
    case 3: self = .undone
    case 4: self = .lost
    case 5: self = .interrupted
    default: return nil
    }
  }
}

extension RejectionReason {
  fileprivate var code: UInt8 {
    switch self {
    case .circuit: 1
    case .bulkhead: 2
    case .inner: 3
    case .reported: 4
    }
  }

  fileprivate init?(code: UInt8) {
    switch code {
    case 1: self = .circuit
    case 2: self = .bulkhead
    case 3: self = .inner
    case 4: self = .reported
    default: return nil
    }
  }
}
