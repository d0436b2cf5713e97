/// The state of a ledger's writer, for a health endpoint or metrics.
public struct LedgerStatus: Sendable {
  /// Why the writer cannot write; `nil` while it can.
  public var problem: LedgerError?
  /// When the writer became unable to write; `nil` while it can write.
  public var problemSince: Timestamp?
  /// Failed write attempts since the ledger was opened.
  public var failedWrites: Int64
  /// When the last batch was committed; `nil` before the first.
  public var lastCommitAt: Timestamp?
  /// Age of the oldest entry that is not durable, accurate to a few milliseconds. Calls wait for other entries, so up to
  /// 1 s, or the ledger's delay for calls, is normal.
  public var oldestUnwrittenAge: Duration
  /// Recorded events that are not yet durable. They are lost if the process ends before they are written.
  public var unwrittenEvents: Int64
  /// Size of the ledger in bytes; 0 without a file.
  public var ledgerBytes: Int64
  /// Size of the write-ahead log in bytes; 0 without a log.
  public var logBytes: Int64
  /// Rises while the writer works or waits for work; constant while the writer hangs, for example in a system
  /// call.
  public var heartbeat: UInt64
  /// Events that the database has refused since the ledger was opened; each is counted in a `gap`.
  public var refusedEvents: Int64
  /// Events since the ledger was opened that were merged or dropped because the queue was full, waiting ones
  /// included. Merged events are counted exactly, but have no row of their own; `v_gaps` has the number by kind.
  public var mergedEvents: Int64
  /// Whether waiting entries were merged or dropped because the queue was full.
  public var isMerging: Bool
  /// The last error of the writer, also after it has ended; `nil` before the first.
  public var lastError: LedgerError?
  /// When ``lastError`` last occurred; `nil` before the first.
  public var lastErrorAt: Timestamp?

  /// Creates a status. The defaults are those of a ledger without pending entries.
  public init(
    problem: LedgerError? = nil, problemSince: Timestamp? = nil, failedWrites: Int64 = 0,
    lastCommitAt: Timestamp? = nil, oldestUnwrittenAge: Duration = .zero, unwrittenEvents: Int64 = 0,
    ledgerBytes: Int64 = 0,
    logBytes: Int64 = 0, heartbeat: UInt64 = 0, refusedEvents: Int64 = 0, mergedEvents: Int64 = 0,
    isMerging: Bool = false, lastError: LedgerError? = nil, lastErrorAt: Timestamp? = nil
  ) {
    self.problem = problem
    self.problemSince = problemSince
    self.failedWrites = failedWrites
    self.lastCommitAt = lastCommitAt
    self.oldestUnwrittenAge = oldestUnwrittenAge
    self.unwrittenEvents = unwrittenEvents
    self.ledgerBytes = ledgerBytes
    self.logBytes = logBytes
    self.heartbeat = heartbeat
    self.refusedEvents = refusedEvents
    self.mergedEvents = mergedEvents
    self.isMerging = isMerging
    self.lastError = lastError
    self.lastErrorAt = lastErrorAt
  }
}

/// A notice to the operator about a ledger, one log line each.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum LedgerNotice: Sendable, Hashable, CustomStringConvertible {
  /// The ledger cannot be written from now on. Entries wait in memory and are merged.
  case troubleBegan(LedgerError)
  /// The ledger can be written again, and the waiting entries were written.
  case troubleEnded(after: Duration)
  /// The file was reopened after it had been moved, removed or replaced.
  case reopened(run: Int64)
  /// Batches that had been acknowledged are missing from the present file.
  case batchesLost(Int64)
  /// A write-ahead log that was removed while it held rows was copied to this path before it was closed.
  case logKept(path: String)
  /// The ledger could not be opened. The service continues in memory and retries opening.
  case continuedInMemory(LedgerError)

  /// The notice in one line.
  public var description: String {
    switch self {
    case .troubleBegan(let error): "the ledger cannot be written: \(error)"
    case .troubleEnded(let duration): "the ledger can be written again after \(duration)"
    case .reopened(let run): "the ledger was reopened as run \(run)"
    case .batchesLost(let count): "\(count) batches that were durable are not in the ledger's file"
    case .logKept(let path): "a removed log that had rows was kept at \(path)"
    case .continuedInMemory(let error):
      "the ledger could not be opened; the service records in memory: \(error)"
    }
  }
}
