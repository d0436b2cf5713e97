/// How a ledger file is opened and kept.
public struct SQLiteLedgerOptions: Sendable, Hashable {
  /// What opening does when the file cannot be opened: missing folder, damage, newer schema, no permission.
  public enum WhenUnavailable: Sendable, Hashable {
    /// Throws. The default.
    case fail
    /// Goes on with a ledger in memory: calls, breakers and statistics work as on a new ledger, what is recorded waits and
    /// merges, and opening is tried again every two seconds. A notice says when this begins; once the file can be
    /// opened, everything recorded since the start is written to it.
    case continueInMemory
  }

  /// What opening does when the file cannot be opened. Default: `fail`.
  public var whenUnavailable: WhenUnavailable
  /// Whether the file may be on a file system in user space (FUSE), which may be a network file system, where SQLite's
  /// locks lose rows. Default: false.
  public var allowsFUSE: Bool
  /// Bytes that the write-ahead log may grow to while a reader keeps it from being copied into the ledger. Past it
  /// nothing is written until the reader ends: entries wait in memory and merge. Default: 256 MiB; at least 1 MiB.
  public var logLimitBytes: Int64

  /// The defaults, or what is given.
  public init(
    whenUnavailable: WhenUnavailable = .fail, allowsFUSE: Bool = false, logLimitBytes: Int64 = 256 << 20
  ) {
    self.whenUnavailable = whenUnavailable
    self.allowsFUSE = allowsFUSE
    self.logLimitBytes = max(1 << 20, logLimitBytes)
  }
}
