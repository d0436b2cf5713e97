import Healing

/// Adds up a batch in memory, so that each roll-up row is updated once per batch and not once per event.
struct RollupAccumulator {
  struct SampleKey: Hashable {
    /// Position among the ``KnownComponents`` of the batch.
    let component: UInt32
    let epoch: Int64
    /// Start of the 10-second bucket, in microseconds.
    let bucket: Int64
  }
  struct RecoveryKey: Hashable {
    let component: UInt32
    let action: RecoveryAction
    /// Start of the minute, in microseconds.
    let minute: Int64
  }
  struct OutcomeKey: Hashable {
    let component: UInt32
    /// Start of the minute, in microseconds.
    let minute: Int64
  }
  struct RejectionKey: Hashable {
    let component: UInt32
    let epoch: Int64
    /// Start of the minute, in microseconds.
    let minute: Int64
    let rejected: RejectedOperation
  }
  struct RecoverySums {
    var total: Int64 = 0
    var successful: Int64 = 0
    var attempts: Int64 = 0
    var durationSum: Int64 = 0
    var durationMax: Int64 = 0

    mutating func add(_ other: RecoverySums) {
      total.addClamped(other.total)
      successful.addClamped(other.successful)
      attempts.addClamped(other.attempts)
      durationSum.addClamped(other.durationSum)
      durationMax = max(durationMax, other.durationMax)
    }
  }

  static let windowBucket: Int64 = 10_000_000
  static let minute: Int64 = 60_000_000

  private(set) var samples: [SampleKey: CallCounts] = [:]
  private(set) var criticalErrors: [SampleKey: Int64] = [:]
  private(set) var recoveries: [RecoveryKey: RecoverySums] = [:]
  /// How executions ended; their attempts are in ``samples``.
  private(set) var outcomes: [OutcomeKey: ExecutionCounts] = [:]
  private(set) var rejections: [RejectionKey: Int64] = [:]
  /// The current bucket of each component, by position. Most calls fall into the same bucket as the call
  /// before: they are added up here and reach the dictionary once per run of calls.
  private var runs: [(key: SampleKey, counts: CallCounts)] = []
  private var runOfComponent: [Int32] = []

  /// Adds an attempt.
  mutating func add(
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

  mutating func add(component: UInt32, epoch: Int64, at: Int64, _ counts: CallCounts) {
    let key = SampleKey(
      component: component, epoch: epoch, bucket: at / Self.windowBucket * Self.windowBucket)
    samples[key, default: CallCounts()].add(counts)
  }

  mutating func add(component: UInt32, at: Int64, _ executions: ExecutionCounts) {
    guard executions != ExecutionCounts() else { return }
    let key = OutcomeKey(component: component, minute: at / Self.minute * Self.minute)
    outcomes[key, default: ExecutionCounts()].add(executions)
  }

  mutating func add(
    component: UInt32, epoch: Int64, at: Int64, _ rejected: RejectedOperation, calls: Int64 = 1
  ) {
    let key = RejectionKey(
      component: component, epoch: epoch, minute: at / Self.minute * Self.minute, rejected: rejected)
    rejections[key, default: 0].addClamped(calls)
  }

  mutating func addCritical(component: UInt32, epoch: Int64, at: Int64, count: Int64) {
    let key = SampleKey(
      component: component, epoch: epoch, bucket: at / Self.windowBucket * Self.windowBucket)
    criticalErrors[key, default: 0].addClamped(count)
  }

  mutating func add(component: UInt32, _ recovery: RecoveryRecord) {
    let key = RecoveryKey(
      component: component, action: recovery.action,
      minute: recovery.at.microseconds / Self.minute * Self.minute)
    let count = Int64(max(1, recovery.occurrences))
    recoveries[key, default: RecoverySums()].add(
      RecoverySums(
        total: count, successful: recovery.success ? count : 0, attempts: Int64(max(0, recovery.attempts)),
        durationSum: recovery.duration.microseconds,
        durationMax: (recovery.longest ?? recovery.duration).microseconds))
  }

  /// Adds the current buckets to ``samples``. Call it after all calls have been added.
  mutating func endRuns() {
    for run in runs.indices { endRun(run) }
  }
}
