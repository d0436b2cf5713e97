/// Thrown when an attempt, or the whole execution, exceeded its time limit and was cancelled.
public struct OperationTimeoutError: Error, Sendable, Hashable, SelfClassifyingError, CustomStringConvertible
{
  /// The limit that was exceeded.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Scope: String, Sendable {
    /// The limit of one attempt.
    case attempt
    /// The limit of the execution.
    case execution
  }

  /// The called component.
  public let component: ComponentName
  /// The operation's name.
  public let operation: String
  /// The limit that was exceeded.
  public let scope: Scope
  /// The time limit.
  public let limit: Duration

  /// ``ErrorCategory/timeout``.
  public var errorCategory: ErrorCategory? { .timeout }

  /// The operation, the component and the limit in one line.
  public var description: String {
    "\(scope == .attempt ? "an attempt of" : "") \(operation) on \(component) timed out after \(limit)"
      .trimmingPrefix(" ").description
  }
}
