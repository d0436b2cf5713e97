/// A ledger that could not be opened, read or written: what is wrong, where, and what to do about it.
public struct LedgerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of trouble it is. More kinds may be added.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: String {
      case unavailable, moved, busy, full, corrupt, notALedger, schemaUnknown, refused, closed, other
    }
    private let kind: Kind

    /// The file is missing, not permitted, on a network file system or otherwise out of reach.
    public static let unavailable = Code(kind: .unavailable)
    /// The file, its log or its lock was moved, removed or replaced while it was open.
    public static let moved = Code(kind: .moved)
    /// Another process held the write lock for too long.
    public static let busy = Code(kind: .busy)
    /// The disk is full.
    public static let full = Code(kind: .full)
    /// The file is damaged or no database.
    public static let corrupt = Code(kind: .corrupt)
    /// The file is a database, but somebody else's.
    public static let notALedger = Code(kind: .notALedger)
    /// The schema is newer than this program, or a migration was edited.
    public static let schemaUnknown = Code(kind: .schemaUnknown)
    /// The database took the rest but refused part of what was recorded: a rule that was added to the file forbids it.
    public static let refused = Code(kind: .refused)
    /// The ledger was closed.
    public static let closed = Code(kind: .closed)
    /// None of these.
    public static let other = Code(kind: .other)

    /// The word.
    public var description: String { kind.rawValue }
  }

  /// What kind of trouble.
  public let code: Code
  /// The file, or what stands for it.
  public let ledger: String
  /// What is wrong.
  public let problem: String
  /// What to do about it; possibly empty.
  public let remedy: String

  /// From its parts.
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
