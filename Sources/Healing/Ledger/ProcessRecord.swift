/// One run of a program that wrote to the ledger.
public struct ProcessRecord: Sendable, Hashable {
  /// How a run ended.
  public enum End: String, Sendable, Codable {
    /// It closed the ledger.
    case clean
    /// It was found gone.
    case interrupted
  }

  /// Number of the run on this ledger, from 1.
  public var id: Int64
  /// Name of the host.
  public var host: String
  /// Process id on that host.
  public var pid: Int64
  /// Name of the program.
  public var program: String
  /// What was deployed, as the program was told.
  public var release: String?
  /// When it opened the ledger.
  public var startedAt: Timestamp
  /// When it last wrote.
  public var lastWriteAt: Timestamp
  /// When it closed the ledger or was found gone.
  public var endedAt: Timestamp?
  /// How it ended; `nil` while it runs.
  public var end: End?

  /// A record from its parts.
  public init(
    id: Int64, host: String, pid: Int64, program: String, release: String?, startedAt: Timestamp,
    lastWriteAt: Timestamp, endedAt: Timestamp?, end: End?
  ) {
    self.id = id
    self.host = host
    self.pid = pid
    self.program = program
    self.release = release
    self.startedAt = startedAt
    self.lastWriteAt = lastWriteAt
    self.endedAt = endedAt
    self.end = end
  }
}
