public import Foundation

/// Thrown when a ledger does not contain what a test requires. The description lists what the ledger contains
/// instead, so that the failed test explains itself.
public struct ExpectationError: LocalizedError, Sendable, Hashable, CustomStringConvertible {
  /// What the test requires, such as `a fallback of payments that succeeded`.
  public let expected: String
  /// The ledger's rows of the same kind, one line each.
  public let found: [String]

  /// The requirement, then what the ledger contains, one row a line.
  public var description: String {
    let rows = found.isEmpty ? ["nothing of this kind"] : found
    return "the ledger does not contain \(expected); it contains:"
      + rows.map { "\n  - \($0)" }.joined()
  }
  /// The same as ``description``.
  public var errorDescription: String? { description }
}
