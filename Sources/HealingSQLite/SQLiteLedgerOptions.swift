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

  /// Creates options.
  public init(
    whenUnavailable: WhenUnavailable = .fail, allowsFUSE: Bool = false, logLimitBytes: Int64 = 256 << 20,
    retention: RetentionOptions? = .standard, reserveBytes: Int64 = 4 << 20,
    readDeadline: Duration = .seconds(5)
  ) {
    self.retention = retention
    self.reserveBytes = max(0, reserveBytes)
    self.whenUnavailable = whenUnavailable
    self.allowsFUSE = allowsFUSE
    self.logLimitBytes = max(1 << 20, logLimitBytes)
    self.readDeadline = max(.milliseconds(1), readDeadline)
  }
}
