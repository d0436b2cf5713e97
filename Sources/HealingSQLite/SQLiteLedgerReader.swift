public import Healing

/// Reads a ledger file, whether or not other processes write it. Changes nothing.
public struct SQLiteLedgerReader: LedgerReader, OutageRepository {
  /// The path as given.
  public let path: String
  let readers: ReaderPool

  /// Opens a ledger for reading.
  /// - Parameters:
  ///   - path: path of the file.
  ///   - readDeadline: the longest duration of a read, see ``SQLiteLedgerOptions/readDeadline``; `nil` for a program
  ///     that reads long on purpose. A read keeps the ledger's log from being emptied until it ends. Default: 5 s.
  /// - Throws: `LedgerError` that names the problem and the remedy.
  public init(path: String, readDeadline: Duration? = .seconds(5)) throws(LedgerError) {
    self.path = path
    readers = try ReaderPool(file: LedgerFile(path: path), deadline: readDeadline)
  }

  init(readers: ReaderPool) {
    path = readers.file.path
    self.readers = readers
  }

  /// Failed attempts.
  public var errors: any ErrorRepository { SQLiteErrorRepository(reader: readers) }
  /// Outcomes and durations of attempts.
  public var samples: any HealthSampleRepository { SQLiteHealthSampleRepository(reader: readers) }
  /// Health checks and alerts.
  public var checks: any HealthCheckRepository { SQLiteHealthCheckRepository(reader: readers) }
  /// Recoveries and their reports.
  public var recoveries: any RecoveryRepository { SQLiteRecoveryRepository(reader: readers) }
  /// Circuit breakers.
  public var breakers: any BreakerRepository { SQLiteBreakerRepository(reader: readers) }
  /// Known components.
  public var components: any ComponentRepository { SQLiteComponentRepository(reader: readers) }
  /// Runs of the programs that wrote to the ledger.
  public var processes: any ProcessRepository { SQLiteProcessRepository(reader: readers) }
  /// Events in commit order.
  public var feed: any FeedRepository { SQLiteFeedRepository(reader: readers) }
  /// Rejected calls.
  public var rejections: any RejectionRepository { SQLiteRejectionRepository(reader: readers) }
  /// Recorded policies of components.
  public var policies: any PolicyRepository { SQLitePolicyRepository(reader: readers) }
  /// Reports on outages: the reader itself.
  public var outages: any OutageRepository { self }
}
