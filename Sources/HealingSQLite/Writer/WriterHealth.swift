import Healing

/// How the writing goes, as a pure state: when trouble begins and ends, and what a status shows.
struct WriterHealth: Sendable {
  /// The files of the last session, also while it is closed and its trouble is not yet in ``problem``; `nil` before the
  /// first session and after the writer has ended.
  var files: LedgerFiles?
  private(set) var problem: LedgerError?
  private(set) var problemSince: Timestamp?
  private var problemSinceNanoseconds: Int64 = 0
  private(set) var failedWrites: Int64 = 0
  private(set) var lastCommitAt: Timestamp?
  /// When the batch under way was taken from the queue, on the monotonic clock; `nil` without one.
  private(set) var unwrittenSince: Int64?
  /// Events of the batch under way.
  private(set) var underWay: Int64 = 0
  private(set) var heartbeat: UInt64 = 0
  /// Events that the database has refused.
  private(set) var refusedEvents: Int64 = 0
  /// Those among them that no flush has been told yet.
  private var untoldRefusals: Int64 = 0
  /// Events that were recorded and never written, once the writer has ended.
  private(set) var unwritten: Int64 = 0

  mutating func beat() { heartbeat &+= 1 }

  mutating func began(at monotonic: Int64, events: Int64) {
    unwrittenSince = unwrittenSince ?? monotonic
    underWay = events
  }

  /// - Returns: what is to be said of it: that trouble has begun, or that it is of another kind now.
  mutating func failed(_ error: LedgerError, isWrite: Bool, wall: Timestamp, at monotonic: Int64)
    -> LedgerNotice?
  {
    if isWrite { failedWrites += 1 }
    let isNew = problem?.code != error.code
    problem = error
    if problemSince == nil { (problemSince, problemSinceNanoseconds) = (wall, monotonic) }
    return isNew ? .troubleBegan(error) : nil
  }

  /// - Returns: that trouble has ended, when there was some.
  mutating func wrote(wall: Timestamp, at monotonic: Int64) -> LedgerNotice? {
    unwrittenSince = nil
    underWay = 0
    lastCommitAt = wall
    return recovered(at: monotonic)
  }

  /// The files are in place again, and nothing was waiting.
  mutating func recovered(at monotonic: Int64) -> LedgerNotice? {
    guard problem != nil else { return nil }
    (problem, problemSince) = (nil, nil)
    return .troubleEnded(after: .nanoseconds(max(0, monotonic - problemSinceNanoseconds)))
  }

  mutating func refused(_ events: Int64) {
    refusedEvents += events
    untoldRefusals += events
  }

  /// Refused events for a flush to report, once.
  mutating func takeRefusals() -> Int64 {
    defer { untoldRefusals = 0 }
    return untoldRefusals
  }

  mutating func ended(unwritten: Int64) {
    self.unwritten = unwritten
    (unwrittenSince, underWay) = (nil, 0)
  }
}
