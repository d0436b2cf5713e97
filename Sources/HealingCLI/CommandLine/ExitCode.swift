import Healing

/// The exit codes of the program.
enum ExitCode: Int32 {
  case ok = 0
  /// Any other error. The ledger has no such component, circuit, override, pin, position, incident or release.
  case failure = 1
  /// The command line or the configuration is invalid.
  case usage = 2
  /// A ledger or an input file is missing, moved, locked, full, closed, access is denied, or a read took too long;
  /// or the file that a command would create exists.
  case unavailable = 3
  /// The ledger is damaged or not a database.
  case corrupt = 4
  /// The file is not a ledger, or its schema is unknown.
  case schemaUnknown = 5

  init(for error: any Error) {
    switch error {
    case is UsageError, is InvalidOptionError, is InvalidComponentNameError: self = .usage
    case let error as IngestError: self = ExitCode(for: error.cause)
    case let error as LedgerError:
      switch error.code {
      case .corrupt: self = .corrupt
      case .notALedger, .schemaUnknown: self = .schemaUnknown
      case .unavailable, .moved, .busy, .full, .closed, .deadlineExceeded: self = .unavailable
      default: self = .failure
      }
    default: self = .failure
    }
  }
}
