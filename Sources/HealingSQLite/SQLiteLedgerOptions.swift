import HealingLedger
import Healing

/// Options for opening and keeping a ledger file.
public struct SQLiteLedgerOptions: Sendable, Hashable {
  /// What to do when the file cannot be opened: missing folder, damage, newer schema, no permission.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum WhenUnavailable: Sendable, Hashable {
    /// Throw. The default.
    case fail
    /// Continue with a ledger in memory. Calls, breakers and statistics work as on a new ledger; recorded
    /// entries wait and are merged. Opening is retried every two seconds. A notice reports the begin. Once the
    /// file has been opened, everything recorded since the start is written to it.
    case continueInMemory
  }

  /// What to do when the file cannot be opened. Default: `fail`.
  public var whenUnavailable: WhenUnavailable
  /// Whether the file may be on a file system in user space (FUSE). That may be a network file system, on which
  /// SQLite's locks fail and rows are lost. Default: false.
  public var allowsFUSE: Bool
  /// Size limit of the write-ahead log while a reader prevents it from being copied into the ledger, in bytes.
  /// Past it writing stops until the reader ends: entries wait in memory and are merged. Default: 256 MiB; at
  /// least 1 MiB.
  public var logLimitBytes: Int64
  /// How long rows are kept, and how large the file may become. Pruning begins a minute after opening. Default:
  /// ``RetentionOptions/standard``; `nil` keeps everything.
  public var retention: RetentionOptions?
  /// Size of the file `PATH-reserve`, which is deleted when the disk is full, so that retention can free space: then the
  /// oldest samples, checks and errors go, whatever their age. Created a minute after opening, by the process that
  /// prunes. In bytes. Default: 4 MiB; 0: none, and a full disk waits for an operator. Unused without `retention`.
  public var reserveBytes: Int64
  /// Longest duration of a read; at least 1 ms. A read that takes longer is stopped and throws a `LedgerError` with
  /// code `deadlineExceeded`. While a read runs, the write-ahead log keeps everything written since it began.
  /// Default: 5 s.
  public var readDeadline: Duration

  /// Which calls have a row of their own in `health_sample`.
  ///
  /// Counts, sums, maxima, duration classes and outcomes are exact with each. A merged row is not a `gap`. A flush
  /// writes the calls before it, so a second with flushes has a row for each part.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum SampleDetail: Sendable, Hashable {
    /// Every call.
    case everyCall
    /// Every call of a component that makes at most this many in a second, at least 1. The calls of a busier second
    /// share one row, which is written when the second is over.
    case limited(rowsPerSecond: Int)
    /// None: the calls of a second share one row, which is written when the second is over.
    case merged
  }

  /// Longest time that calls wait to be written, when no other entry is written before. Errors, recoveries and other
  /// entries do not wait. Calls that share a row wait until their second is over. A longer delay saves
  /// synchronisations of the disk; a crash loses the calls that wait. Default: 200 ms; 0 to 10 s, 0 for no wait.
  public var sampleDelay: Duration
  /// Which calls have a row of their own. Default: `.limited(rowsPerSecond: 1)`.
  public var sampleDetail: SampleDetail
  /// Rows per second of errors with one fingerprint on one component. Further errors of the second share a row, which
  /// has the exact `occurrences` and no request, user or metadata, and is written when the second is over. Entries that
  /// refer to one of them refer to that row. Default: 10; at least 1.
  public var errorRowsPerSecond: Int

  /// Creates options.
  public init(
    whenUnavailable: WhenUnavailable = .fail, allowsFUSE: Bool = false, logLimitBytes: Int64 = 256 << 20,
    sampleDelay: Duration = .milliseconds(200), sampleDetail: SampleDetail = .limited(rowsPerSecond: 1),
    errorRowsPerSecond: Int = 10, retention: RetentionOptions? = .standard, reserveBytes: Int64 = 4 << 20,
    readDeadline: Duration = .seconds(5)
  ) {
    self.retention = retention
    self.reserveBytes = max(0, reserveBytes)
    self.whenUnavailable = whenUnavailable
    self.allowsFUSE = allowsFUSE
    self.logLimitBytes = max(1 << 20, logLimitBytes)
    self.readDeadline = max(.milliseconds(1), readDeadline)
    self.sampleDelay = sampleDelay
    self.sampleDetail = sampleDetail
    self.errorRowsPerSecond = errorRowsPerSecond
  }

  /// The writer's part, within the documented ranges.
  var pace: WritePace {
    let callRows: Int? =
      switch sampleDetail {
      case .everyCall: nil
      case .limited(let rows): max(1, rows)
      case .merged: 0
      }
    return WritePace(
      sampleDelay: min(max(.zero, sampleDelay), .seconds(10)).nanoseconds, callRows: callRows,
      errorRows: max(1, errorRowsPerSecond))
  }
}
