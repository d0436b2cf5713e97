package import Healing

/// How the writing goes, as a pure state: when trouble begins and ends, and what a status shows.
package struct WriterHealth: Sendable {
  /// Checks the place of the last session's store, also while that session is closed and its trouble is not yet in
  /// ``problem``; `nil` before the first session and after the writer has ended.
  package var placeCheck: (@Sendable () throws(LedgerError) -> Void)?
  package private(set) var problem: LedgerError?
  package private(set) var problemSince: Timestamp?
  private var problemSinceNanoseconds: Int64 = 0
  package private(set) var failedWrites: Int64 = 0
  package private(set) var lastCommitAt: Timestamp?
  /// When the batch under way was taken from the queue, on the monotonic clock; `nil` without one.
  package private(set) var unwrittenSince: Int64?
  /// Events of the batch under way.
  package private(set) var underWay: Int64 = 0
  package private(set) var heartbeat: UInt64 = 0
  /// Events that the database has refused.
  package private(set) var refusedEvents: Int64 = 0
  /// Those among them that no flush has been told yet.
  private var untoldRefusals: Int64 = 0
  /// Events that were recorded and never written, once the writer has ended.
  package private(set) var unwritten: Int64 = 0

  package mutating func beat() { heartbeat &+= 1 }

  package mutating func began(at monotonic: Int64, events: Int64) {
    unwrittenSince = unwrittenSince ?? monotonic
    underWay = events
  }

  /// - Returns: what is to be said of it: that trouble has begun, or that it is of another kind now.
  package mutating func failed(_ error: LedgerError, isWrite: Bool, wall: Timestamp, at monotonic: Int64)
    -> LedgerNotice?
  {
    if isWrite { failedWrites += 1 }
    let isNew = problem?.code != error.code
    problem = error
    if problemSince == nil { (problemSince, problemSinceNanoseconds) = (wall, monotonic) }
    return isNew ? .troubleBegan(error) : nil
  }

  /// - Returns: that trouble has ended, when there was some.
  package mutating func wrote(wall: Timestamp, at monotonic: Int64) -> LedgerNotice? {
    unwrittenSince = nil
    underWay = 0
    lastCommitAt = wall
    return recovered(at: monotonic)
  }

  /// The files are in place again, and nothing was waiting.
  package mutating func recovered(at monotonic: Int64) -> LedgerNotice? {
    guard problem != nil else { return nil }
    (problem, problemSince) = (nil, nil)
    return .troubleEnded(after: .nanoseconds(max(0, monotonic - problemSinceNanoseconds)))
  }

  package mutating func refused(_ events: Int64) {
    refusedEvents += events
    untoldRefusals += events
  }

  /// Refused events for a flush to report, once.
  package mutating func takeRefusals() -> Int64 {
    defer { untoldRefusals = 0 }
    return untoldRefusals
  }

  package mutating func ended(unwritten: Int64) {
    self.unwritten = unwritten
    (unwrittenSince, underWay) = (nil, 0)
  }
}
