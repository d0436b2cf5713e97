package import Healing

/// Adds up a batch in memory, so that each roll-up row is updated once per batch and not once per event.
package struct RollupAccumulator {
  package struct SampleKey: Hashable {
    /// Position among the ``ComponentIDCache`` of the batch.
    package let component: UInt32
    package let epoch: Int64
    /// Start of the 10-second bucket, in microseconds.
    package let bucket: Int64

    package init(component: UInt32, epoch: Int64, bucket: Int64) {
      self.component = component
      self.epoch = epoch
      self.bucket = bucket
    }
  }
  package struct RecoveryKey: Hashable {
    package let component: UInt32
    package let action: RecoveryAction
    /// Start of the minute, in microseconds.
    package let minute: Int64

    package init(component: UInt32, action: RecoveryAction, minute: Int64) {
      self.component = component
      self.action = action
      self.minute = minute
    }
  }
  package struct OutcomeKey: Hashable {
    package let component: UInt32
    /// Start of the minute, in microseconds.
    package let minute: Int64

    package init(component: UInt32, minute: Int64) {
      self.component = component
      self.minute = minute
    }
  }
  package struct RejectionKey: Hashable {
    package let component: UInt32
    package let epoch: Int64
    /// Start of the minute, in microseconds.
    package let minute: Int64
    package let rejected: RejectedOperation

    package init(component: UInt32, epoch: Int64, minute: Int64, rejected: RejectedOperation) {
      self.component = component
      self.epoch = epoch
      self.minute = minute
      self.rejected = rejected
    }
  }
  package struct ErrorKey: Hashable {
    package let component: UInt32
    package let fingerprint: Fingerprint
    /// Start of the hour, in microseconds.
    package let hour: Int64
  }
  /// Errors of one fault and hour.
  package struct ErrorSums {
    /// The first of them in the batch.
    package let example: ErrorContext
    package var firstAt: Int64
    package var lastAt: Int64
    package var lastID: Int64
    package var entries: Int64 = 0
    package var occurrences: Int64 = 0
    /// Those that an inner component counts.
    package var referred: Int64 = 0

    init(of error: ErrorContext) {
      example = error
      (firstAt, lastAt) = (error.at.microseconds, error.at.microseconds)
      lastID = error.id.rawValue
    }

    mutating func add(_ error: ErrorContext) {
      firstAt = min(firstAt, error.at.microseconds)
      lastAt = max(lastAt, error.at.microseconds)
      lastID = max(lastID, error.id.rawValue)
      let count = Int64(max(1, error.occurrences))
      entries += 1
      occurrences.addClamped(count)
      if error.causeID != nil { referred.addClamped(count) }
    }
  }
  package struct RecoverySums {
    package var total: Int64 = 0
    package var successful: Int64 = 0
    package var attempts: Int64 = 0
    package var durationSumMicroseconds: Int64 = 0
    package var durationMaxMicroseconds: Int64 = 0

    package init(
      total: Int64 = 0, successful: Int64 = 0, attempts: Int64 = 0, durationSumMicroseconds: Int64 = 0,
      durationMaxMicroseconds: Int64 = 0
    ) {
      self.total = total
      self.successful = successful
      self.attempts = attempts
      self.durationSumMicroseconds = durationSumMicroseconds
      self.durationMaxMicroseconds = durationMaxMicroseconds
    }

    package mutating func add(_ other: RecoverySums) {
      total.addClamped(other.total)
      successful.addClamped(other.successful)
      attempts.addClamped(other.attempts)
      durationSumMicroseconds.addClamped(other.durationSumMicroseconds)
      durationMaxMicroseconds = max(durationMaxMicroseconds, other.durationMaxMicroseconds)
    }
  }

  package init() {}

  package static let windowBucket: Int64 = 10_000_000
  package static let minute: Int64 = 60_000_000
  package static let hour: Int64 = 3_600_000_000

  package private(set) var samples: [SampleKey: CallCounts] = [:]
  package private(set) var criticalErrors: [SampleKey: Int64] = [:]
  package private(set) var recoveries: [RecoveryKey: RecoverySums] = [:]
  /// How executions ended; their attempts are in ``samples``.
  package private(set) var outcomes: [OutcomeKey: ExecutionCounts] = [:]
  package private(set) var rejections: [RejectionKey: Int64] = [:]
  package private(set) var errors: [ErrorKey: ErrorSums] = [:]
  /// The current bucket of each component, by position. Most calls fall into the same bucket as the call
  /// before: they are added up here and reach the dictionary once per run of calls.
  private var runs: [(key: SampleKey, counts: CallCounts)] = []
  private var runOfComponent: [Int32] = []

  /// Adds an attempt.
  package mutating func add(
    component: UInt32, epoch: Int64, at: Int64, _ outcome: CallOutcome, microseconds: Int64,
    isStale: Bool = false, rejection: RejectionReason? = nil
  ) {
    let run = run(of: component)
    let key = runs[run].key
    if key.epoch != epoch || at < key.bucket || at - key.bucket >= Self.windowBucket {
      endRun(run)
      runs[run].key = SampleKey(
        component: component, epoch: epoch, bucket: at / Self.windowBucket * Self.windowBucket)
    }
    runs[run].counts.add(outcome, microseconds: microseconds, isStale: isStale, rejection: rejection)
  }

  private mutating func run(of component: UInt32) -> Int {
    let index = Int(component)
    while runOfComponent.count <= index { runOfComponent.append(-1) }
    if runOfComponent[index] < 0 {
      runOfComponent[index] = Int32(runs.count)
      // A bucket that matches no call.
      runs.append((SampleKey(component: component, epoch: -1, bucket: 0), CallCounts()))
    }
    return Int(runOfComponent[index])
  }

  private mutating func endRun(_ run: Int) {
    guard runs[run].counts.total > 0 else { return }
    samples[runs[run].key, default: CallCounts()].add(runs[run].counts)
    runs[run].counts = CallCounts()
  }

  package mutating func add(component: UInt32, epoch: Int64, at: Int64, _ counts: CallCounts) {
    let key = SampleKey(
      component: component, epoch: epoch, bucket: at / Self.windowBucket * Self.windowBucket)
    samples[key, default: CallCounts()].add(counts)
  }

  package mutating func add(component: UInt32, at: Int64, _ executions: ExecutionCounts) {
    guard executions != ExecutionCounts() else { return }
    let key = OutcomeKey(component: component, minute: at / Self.minute * Self.minute)
    outcomes[key, default: ExecutionCounts()].add(executions)
  }

  package mutating func add(
    component: UInt32, epoch: Int64, at: Int64, _ rejected: RejectedOperation, calls: Int64 = 1
  ) {
    let key = RejectionKey(
      component: component, epoch: epoch, minute: at / Self.minute * Self.minute, rejected: rejected)
    rejections[key, default: 0].addClamped(calls)
  }

  /// Adds a row of errors.
  package mutating func add(component: UInt32, _ error: ErrorContext) {
    let hour = error.at.microseconds / Self.hour * Self.hour
    errors[
      ErrorKey(component: component, fingerprint: error.fingerprint, hour: hour),
      default: ErrorSums(of: error)
    ].add(error)
  }

  package mutating func addCritical(component: UInt32, epoch: Int64, at: Int64, count: Int64) {
    let key = SampleKey(
      component: component, epoch: epoch, bucket: at / Self.windowBucket * Self.windowBucket)
    criticalErrors[key, default: 0].addClamped(count)
  }

  package mutating func add(component: UInt32, _ recovery: RecoveryRecord) {
    let key = RecoveryKey(
      component: component, action: recovery.action,
      minute: recovery.at.microseconds / Self.minute * Self.minute)
    let count = Int64(max(1, recovery.occurrences))
    recoveries[key, default: RecoverySums()].add(
      RecoverySums(
        total: count, successful: recovery.success ? count : 0, attempts: Int64(max(0, recovery.attempts)),
        durationSumMicroseconds: recovery.duration.microseconds,
        durationMaxMicroseconds: (recovery.longest ?? recovery.duration).microseconds))
  }

  /// Adds the current buckets to ``samples``. Call it after all calls have been added.
  package mutating func endRuns() {
    for run in runs.indices { endRun(run) }
  }
}
