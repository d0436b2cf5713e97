import Healing

/// Adds up a batch in memory, so that each roll-up row is touched once a batch and not once an event.
struct RollupAccumulator {
  struct SampleKey: Hashable {
    let component: UInt32
    let epoch: Int64
    /// Start of the ten seconds, in microseconds.
    let bucket: Int64
  }
  struct RecoveryKey: Hashable {
    let component: UInt32
    let action: RecoveryAction
    /// Start of the minute, in microseconds.
    let minute: Int64
  }
  struct RecoverySums {
    var total: Int64 = 0
    var successful: Int64 = 0
    var attempts: Int64 = 0
    var durationSum: Int64 = 0
    var durationMax: Int64 = 0

    mutating func add(_ other: RecoverySums) {
      total += other.total
      successful += other.successful
      attempts += other.attempts
      durationSum &+= other.durationSum
      durationMax = max(durationMax, other.durationMax)
    }
  }

  static let windowBucket: Int64 = 10_000_000
  static let minute: Int64 = 60_000_000

  private(set) var samples: [SampleKey: CallCounts] = [:]
  private(set) var criticalErrors: [SampleKey: Int64] = [:]
  private(set) var recoveries: [RecoveryKey: RecoverySums] = [:]
  /// The bucket of the last sample: samples come in runs.
  private var run: (key: SampleKey, counts: CallCounts)?

  mutating func add(component: UInt32, epoch: Int64, at: Int64, _ outcome: CallOutcome, microseconds: Int64) {
    if let key = run?.key, key.component == component, key.epoch == epoch, at >= key.bucket,
      at < key.bucket + Self.windowBucket
    {
      run?.counts.add(outcome, microseconds: microseconds)
      return
    }
    endRun()
    let key = SampleKey(
      component: component, epoch: epoch, bucket: at / Self.windowBucket * Self.windowBucket)
    var counts = CallCounts()
    counts.add(outcome, microseconds: microseconds)
    run = (key, counts)
  }

  mutating func add(component: UInt32, epoch: Int64, at: Int64, _ counts: CallCounts) {
    let key = SampleKey(
      component: component, epoch: epoch, bucket: at / Self.windowBucket * Self.windowBucket)
    samples[key, default: CallCounts()].add(counts)
  }

  mutating func addCritical(component: UInt32, epoch: Int64, at: Int64, count: Int64) {
    let key = SampleKey(
      component: component, epoch: epoch, bucket: at / Self.windowBucket * Self.windowBucket)
    criticalErrors[key, default: 0] += count
  }

  mutating func add(_ recovery: RecoveryRecord) {
    let key = RecoveryKey(
      component: recovery.component.index, action: recovery.action,
      minute: recovery.at.microseconds / Self.minute * Self.minute)
    let count = Int64(max(1, recovery.occurrences))
    recoveries[key, default: RecoverySums()].add(
      RecoverySums(
        total: count, successful: recovery.success ? count : 0, attempts: Int64(max(0, recovery.attempts)),
        durationSum: recovery.duration.microseconds, durationMax: recovery.duration.microseconds))
  }

  mutating func endRun() {
    if let run { samples[run.key, default: CallCounts()].add(run.counts) }
    run = nil
  }
}
