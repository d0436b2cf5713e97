package import Healing

/// The state of the writer for status and notices: whether writing fails, and since when. A pure state machine.
package struct WriterHealth: Sendable {
  /// Checks the place of the last session's store, also while that session is closed and its error is not yet in
  /// ``problem``; `nil` before the first session and after the writer has ended.
  package var placeCheck: (@Sendable () throws(LedgerError) -> Void)?
  package private(set) var problem: LedgerError?
  package private(set) var problemSince: Timestamp?
  private var problemSinceNanoseconds: Int64 = 0
  package private(set) var failedWrites: Int64 = 0
  package private(set) var lastCommitAt: Timestamp?
  /// The last error and its time, also after trouble has ended.
  package private(set) var lastError: LedgerError?
  package private(set) var lastErrorAt: Timestamp?
  /// Time when the current batch was taken from the queue, on the monotonic clock; `nil` without a batch.
  package private(set) var unwrittenSince: Int64?
  /// Number of events of the current batch.
  package private(set) var inFlight: Int64 = 0
  /// Number of events of the current batch that were merged or dropped.
  package private(set) var mergedInFlight: Int64 = 0
  /// Number of events of all batches that were merged or dropped.
  package private(set) var mergedEvents: Int64 = 0
  /// Number of events that the writer holds to merge them with later ones.
  package private(set) var held: Int64 = 0
  /// Uptime in nanoseconds since which entries wait that are not in a batch: calls for their delay, or held ones.
  package private(set) var waitingSince: UInt64?
  package private(set) var heartbeat: UInt64 = 0
  /// Number of events that the database has refused.
  package private(set) var refusedEvents: Int64 = 0
  /// Number of refused events that no flush has reported yet.
  private var untoldRefusals: Int64 = 0
  /// Number of events that were recorded and never written, once the writer has ended.
  package private(set) var unwritten: Int64 = 0

  package mutating func beat() { heartbeat &+= 1 }

  /// Records which entries wait outside of a batch.
  /// - Parameters:
  ///   - since: uptime in nanoseconds; `nil` when no entry is known to wait.
  ///   - held: number of events that the writer holds.
  package mutating func waits(since: UInt64?, held: Int64) {
    waitingSince = since
    self.held = held
  }

  /// - Parameters:
  ///   - events: number of events of the batch.
  ///   - merged: number of those that were merged or dropped.
  package mutating func began(at monotonic: Int64, events: Int64, merged: Int64) {
    unwrittenSince = unwrittenSince ?? monotonic
    inFlight = events
    mergedInFlight = merged
    mergedEvents.addClamped(merged)
  }

  /// - Returns: a notice when trouble has begun, or has become of another kind.
  package mutating func failed(_ error: LedgerError, isWrite: Bool, wall: Timestamp, at monotonic: Int64)
    -> LedgerNotice?
  {
    if isWrite { failedWrites += 1 }
    let isNew = problem?.code != error.code
    problem = error
    (lastError, lastErrorAt) = (error, wall)
    if problemSince == nil { (problemSince, problemSinceNanoseconds) = (wall, monotonic) }
    return isNew ? .troubleBegan(error) : nil
  }

  /// - Returns: a notice when trouble has ended.
  package mutating func wrote(wall: Timestamp, at monotonic: Int64) -> LedgerNotice? {
    unwrittenSince = nil
    (inFlight, mergedInFlight) = (0, 0)
    lastCommitAt = wall
    return recovered(at: monotonic)
  }

  /// Ends trouble when the files are in place again.
  package mutating func recovered(at monotonic: Int64) -> LedgerNotice? {
    guard problem != nil else { return nil }
    (problem, problemSince) = (nil, nil)
    return .troubleEnded(after: .nanoseconds(max(0, monotonic - problemSinceNanoseconds)))
  }

  package mutating func refused(_ events: Int64) {
    refusedEvents += events
    untoldRefusals += events
  }

  /// Returns the refused events that a flush must report, once.
  package mutating func takeRefusals() -> Int64 {
    defer { untoldRefusals = 0 }
    return untoldRefusals
  }

  package mutating func ended(unwritten: Int64) {
    self.unwritten = unwritten
    waits(since: nil, held: 0)
    unwrittenSince = nil
    (inFlight, mergedInFlight) = (0, 0)
  }
}
