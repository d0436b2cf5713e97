/// A run of a program that wrote to the ledger.
public struct ProcessRecord: Sendable, Hashable {
  /// How a run ended.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum End: String, Sendable, Codable {
    /// The run closed the ledger.
    case clean
    /// The run ended without closing the ledger.
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
  /// The deployed release, as the program reports it.
  public var release: String?
  /// When the run opened the ledger.
  public var startedAt: Timestamp
  /// When the run last wrote.
  public var lastWriteAt: Timestamp
  /// When the run closed the ledger, or was found dead; `nil` while it runs.
  public var endedAt: Timestamp?
  /// How the run ended; `nil` while it runs.
  public var end: End?

  /// Creates a record.
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

extension ProcessRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, host, pid, program, release, started, ended
    case lastWrite = "last_write"
    case endKind = "end_kind"
  }

  /// Encodes the columns of `v_processes`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(host, forKey: .host)
    try container.encode(pid, forKey: .pid)
    try container.encode(program, forKey: .program)
    try container.encode(release, forKey: .release)
    try container.encode(startedAt, forKey: .started)
    try container.encode(lastWriteAt, forKey: .lastWrite)
    try container.encode(endedAt, forKey: .ended)
    try container.encode(end, forKey: .endKind)
  }
}
