import Healing

/// What the program says to the shell.
enum ExitCode: Int32 {
  case ok = 0
  /// Something that is none of the others.
  case failure = 1
  /// The command line is wrong.
  case usage = 2
  /// The ledger is missing, locked, not permitted, full.
  case unavailable = 3
  /// The ledger is damaged or no database.
  case corrupt = 4
  /// The file is no ledger, or its schema is not known.
  case schemaUnknown = 5

  init(for error: any Error) {
    switch error {
    case is UsageError, is InvalidOption, is InvalidComponentName: self = .usage
    case let error as LedgerError:
      switch error.code {
      case .corrupt: self = .corrupt
      case .notALedger, .schemaUnknown: self = .schemaUnknown
      case .unavailable, .moved, .busy, .full, .closed: self = .unavailable
      default: self = .failure
      }
    default: self = .failure
    }
  }
}
