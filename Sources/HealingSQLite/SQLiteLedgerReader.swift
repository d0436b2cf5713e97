public import Healing

/// Reads a ledger file, whether or not other processes write it. Changes nothing.
public struct SQLiteLedgerReader: LedgerReader {
  /// The path as given.
  public let path: String
  private let connection: ReaderConnection

  /// Opens a ledger for reading.
  /// - Throws: `LedgerError` that names the problem and the remedy.
  public init(path: String) throws(LedgerError) {
    self.path = path
    connection = try ReaderConnection(file: LedgerFile(path: path))
  }

  init(connection: ReaderConnection) {
    path = connection.file.path
    self.connection = connection
  }

  /// Failed attempts.
  public var errors: any ErrorRepository { SQLiteErrorRepository(reader: connection) }
  /// Outcomes and durations of attempts.
  public var samples: any HealthSampleRepository { SQLiteHealthSampleRepository(reader: connection) }
  /// Health checks and alerts.
  public var checks: any HealthCheckRepository { SQLiteHealthCheckRepository(reader: connection) }
  /// Recoveries and their reports.
  public var recoveries: any RecoveryRepository { SQLiteRecoveryRepository(reader: connection) }
  /// Circuit breakers.
  public var breakers: any BreakerRepository { SQLiteBreakerRepository(reader: connection) }
  /// Known components.
  public var components: any ComponentRepository { SQLiteComponentRepository(reader: connection) }
  /// Runs of the programs that wrote to the ledger.
  public var processes: any ProcessRepository { SQLiteProcessRepository(reader: connection) }
  /// Events in commit order.
  public var feed: any FeedRepository { SQLiteFeedRepository(reader: connection) }
  /// Rejected calls.
  public var rejections: any RejectionRepository { SQLiteRejectionRepository(reader: connection) }
  /// Recorded policies of components.
  public var policies: any PolicyRepository { SQLitePolicyRepository(reader: connection) }
}
