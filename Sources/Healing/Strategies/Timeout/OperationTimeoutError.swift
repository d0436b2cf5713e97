/// Thrown when an attempt, or the whole execution, took longer than its limit and was cancelled.
public struct OperationTimeoutError: Error, Sendable, Hashable, SelfClassifyingError, CustomStringConvertible
{
  /// Which limit it was.
  public enum Scope: String, Sendable {
    /// The limit of one attempt.
    case attempt
    /// The limit of the execution.
    case execution
  }

  /// The component called.
  public let component: ComponentName
  /// The call on it.
  public let operation: String
  /// Which limit it was.
  public let scope: Scope
  /// The limit.
  public let limit: Duration

  /// Timeout.
  public var errorCategory: ErrorCategory? { .timeout }

  /// One line with all of it.
  public var description: String {
    "\(scope == .attempt ? "an attempt of" : "") \(operation) on \(component) timed out after \(limit)"
      .trimmingPrefix(" ").description
  }
}
