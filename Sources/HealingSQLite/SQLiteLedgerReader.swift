public import Healing

/// Reads a ledger file that others write, or that nobody writes any more. Changes nothing.
public struct SQLiteLedgerReader: LedgerReader {
  /// The file.
  public let path: String
  private let connection: ReaderConnection

  /// Opens a ledger for reading.
  /// - Throws: `LedgerError` naming what is wrong and the remedy.
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
  /// Evaluations of components, and alerts.
  public var checks: any HealthCheckRepository { SQLiteHealthCheckRepository(reader: connection) }
  /// Recoveries and the reports on them.
  public var recoveries: any RecoveryRepository { SQLiteRecoveryRepository(reader: connection) }
  /// Circuit breakers.
  public var breakers: any BreakerRepository { SQLiteBreakerRepository(reader: connection) }
  /// The components known.
  public var components: any ComponentRepository { SQLiteComponentRepository(reader: connection) }
  /// The programs that wrote.
  public var processes: any ProcessRepository { SQLiteProcessRepository(reader: connection) }
  /// What happened, in the order in which it was committed.
  public var feed: any FeedRepository { SQLiteFeedRepository(reader: connection) }
  /// Calls that were not made.
  public var rejections: any RejectionRepository { SQLiteRejectionRepository(reader: connection) }
  /// The policies that components had.
  public var policies: any PolicyRepository { SQLitePolicyRepository(reader: connection) }
}
