/// How a ledger's writing goes: what a health endpoint or a metric shows.
public struct LedgerStatus: Sendable {
  /// What keeps the writer from writing; `nil` while it can.
  public var problem: LedgerError?
  /// Since when; `nil` while it can.
  public var problemSince: Timestamp?
  /// Attempts to write that have failed since the ledger was opened.
  public var failedWrites: Int64
  /// When the last batch was committed; `nil` before the first.
  public var lastCommitAt: Timestamp?
  /// How long the oldest entry that is not durable has been waiting, to within some milliseconds.
  public var oldestUnwrittenAge: Duration
  /// Events that are recorded and not yet durable. They are lost when the process ends before they are written.
  public var unwrittenEvents: Int64
  /// Size of the ledger in bytes; 0 for one that is no file.
  public var ledgerBytes: Int64
  /// Size of its write-ahead log in bytes; 0 without one.
  public var logBytes: Int64
  /// Rises while the writer works or waits for work. It stands still while the writer hangs, be it in a system call.
  public var heartbeat: UInt64
  /// Events that the database has refused since the ledger was opened, each counted in a `gap`.
  public var refusedEvents: Int64

  /// The status of a ledger that keeps nothing waiting.
  public init(
    problem: LedgerError? = nil, problemSince: Timestamp? = nil, failedWrites: Int64 = 0,
    lastCommitAt: Timestamp? = nil, oldestUnwrittenAge: Duration = .zero, unwrittenEvents: Int64 = 0,
    ledgerBytes: Int64 = 0,
    logBytes: Int64 = 0, heartbeat: UInt64 = 0, refusedEvents: Int64 = 0
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
  }
}

/// Something about a ledger that a person should learn of: one line of a log each. More cases may be added.
public enum LedgerNotice: Sendable, Hashable, CustomStringConvertible {
  /// The ledger cannot be written from now on. Entries wait in memory and merge.
  case troubleBegan(LedgerError)
  /// It can be written again, and what was waiting has been written.
  case troubleEnded(after: Duration)
  /// The file was opened anew after it had been moved, removed or replaced.
  case reopened(run: Int64)
  /// Batches that had been acknowledged are not in the file that is there now.
  case batchesLost(Int64)
  /// A write-ahead log that was removed while it held rows was copied to this path before it was closed.
  case logKept(path: String)
  /// The ledger could not be opened. The service goes on in memory, and opening is tried again.
  case continuedInMemory(LedgerError)

  /// One line.
  public var description: String {
    switch self {
    case .troubleBegan(let error): "the ledger cannot be written: \(error)"
    case .troubleEnded(let duration): "the ledger can be written again after \(duration)"
    case .reopened(let run): "the ledger was opened anew as run \(run)"
    case .batchesLost(let count): "\(count) batches that were durable are not in the ledger's file"
    case .logKept(let path): "a log that was removed while it held rows was kept at \(path)"
    case .continuedInMemory(let error):
      "the ledger could not be opened, the service goes on in memory: \(error)"
    }
  }
}
