/// A sample of one attempt, or of the end of an execution: 24 bytes, without references, with monotonic time
/// only. The ledger converts it into a row with wall-clock time.
public struct CallSample: Sendable {
  /// Number of the component's ``ComponentSlot``.
  package let slot: UInt32
  /// Raw value of ``outcome``; ``noAttempt`` for `nil`.
  private let outcomeCode: UInt8
  /// Bit 0: stale; bit 1: extra; bits 2...4: 1 plus the position of ``ended`` in its enumeration; bits 5...7: 1
  /// plus the position of ``rejection``.
  private let flags: UInt8
  /// Number of a rejected call's operation within its slot (``ComponentSlots/operation(_:of:)``); 0 for no
  /// operation.
  package let operation: UInt16
  /// Duration of the attempt, in nanoseconds.
  public let durationNanoseconds: Int64
  /// When the attempt ended, in nanoseconds on the monotonic clock of the ledger's time source.
  public let endedAt: Int64

  private static let noAttempt: UInt8 = .max

  /// Creates a sample of an attempt whose execution succeeded or continues.
  /// - Parameter slot: the component's slot; the caller must retain it at least until the sample is recorded.
  package init(slot: UInt32, outcome: CallOutcome, durationNanoseconds: Int64, endedAt: Int64) {
    self.slot = slot
    outcomeCode = outcome.rawValue
    flags = 0
    operation = 0
    self.durationNanoseconds = durationNanoseconds
    self.endedAt = endedAt
  }

  /// Creates a sample.
  /// - Parameters:
  ///   - slot: the component's slot; the caller must retain it at least until the sample is recorded.
  ///   - outcome: how the attempt ended; `nil` for a sample that only ends an execution.
  ///   - isStale: whether the permit was from before the circuit's last change.
  ///   - isExtra: whether an earlier sample counted the execution.
  ///   - ended: the execution's outcome; `nil` when it continues, or succeeded at its first attempt.
  ///   - rejection: why the call was not made; `nil` when it was made.
  ///   - operation: number of a rejected call's operation.
  package init(
    slot: UInt32, outcome: CallOutcome?, isStale: Bool = false, isExtra: Bool = false,
    ended: ExecutionOutcome? = nil, rejection: RejectionReason? = nil, operation: UInt16 = 0,
    durationNanoseconds: Int64, endedAt: Int64
  ) {
    self.slot = slot
    outcomeCode = outcome?.rawValue ?? Self.noAttempt
    flags =
      (isStale ? 1 : 0) | (isExtra ? 2 : 0) | (ended?.code ?? 0) << 2 | (rejection?.code ?? 0) << 5
    self.operation = operation
    self.durationNanoseconds = durationNanoseconds
    self.endedAt = endedAt
  }

  /// How the attempt ended; `nil` for a sample that only ends an execution.
  public var outcome: CallOutcome? { CallOutcome(rawValue: outcomeCode) }
  /// Whether the permit was from before the circuit's last change, so that the result did not affect the
  /// circuit.
  public var isStale: Bool { flags & 1 != 0 }
  /// Whether an earlier sample counted the execution.
  public var isExtra: Bool { flags & 2 != 0 }
  /// The execution's outcome; `nil` when it continues, or succeeded at its first attempt.
  public var ended: ExecutionOutcome? { ExecutionOutcome(code: flags >> 2 & 7) }
  /// Why the call was not made; `nil` when it was made.
  public var rejection: RejectionReason? { RejectionReason(code: flags >> 5) }
  /// Whether the sample is only an attempt that was made, as most samples are.
  package var isPlain: Bool { flags == 0 && outcomeCode < CallOutcome.rejected.rawValue }

  /// The called component. Valid only during ``Ledger/record(_:)-(CallSample)``: afterwards the component may
  /// be forgotten and its slot number reused.
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
