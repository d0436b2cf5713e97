/// Thrown when a ledger cannot be opened, read or written. Says what is wrong, where, and what to do.
public struct LedgerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of error. More kinds may be added.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: String {
      case unavailable, moved, busy, full, corrupt, notALedger, schemaUnknown, refused, closed,
        deadlineExceeded
      case cancelled, other
    }
    private let kind: Kind

    /// The file is missing, not permitted, on a network file system or otherwise inaccessible.
    public static let unavailable = Code(kind: .unavailable)
    /// The file, its log or its lock was moved, removed or replaced while it was open.
    public static let moved = Code(kind: .moved)
    /// Another process held the write lock for too long.
    public static let busy = Code(kind: .busy)
    /// The disk is full.
    public static let full = Code(kind: .full)
    /// The file is damaged, or not a database.
    public static let corrupt = Code(kind: .corrupt)
    /// The file is a database of another application.
    public static let notALedger = Code(kind: .notALedger)
    /// The schema is newer than this program, or a migration was edited.
    public static let schemaUnknown = Code(kind: .schemaUnknown)
    /// The database refused some of the entries and wrote the others: a rule that was added to the file forbids
    /// them.
    public static let refused = Code(kind: .refused)
    /// The ledger was closed.
    public static let closed = Code(kind: .closed)
    /// A read was stopped at its deadline.
    public static let deadlineExceeded = Code(kind: .deadlineExceeded)
    /// A read was stopped because its task was cancelled.
    public static let cancelled = Code(kind: .cancelled)
    /// Another error.
    public static let other = Code(kind: .other)

    /// The code's name.
    public var description: String { kind.rawValue }
  }

  /// The kind of error.
  public let code: Code
  /// The path of the file, or the name that is used instead.
  public let ledger: String
  /// What is wrong.
  public let problem: String
  /// What to do about it; can be empty.
  public let remedy: String

  /// Creates an error.
  public init(_ code: Code, ledger: String, problem: String, remedy: String = "") {
    self.code = code
    self.ledger = ledger
    self.problem = problem
    self.remedy = remedy
  }

  /// One line: `ledger.db: problem; remedy`.
  public var description: String {
    remedy.isEmpty ? "\(ledger): \(problem)" : "\(ledger): \(problem); \(remedy)"
  }
}
