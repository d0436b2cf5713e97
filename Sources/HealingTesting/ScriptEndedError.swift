public import Foundation
public import Healing

/// Thrown by a ``ScriptedOperation`` that is called more often than it has steps.
///
/// It is classified as the caller's mistake: it is neither retried nor recovered from, so it reaches the test.
public struct ScriptEndedError: SelfClassifyingError, LocalizedError, Hashable, CustomStringConvertible {
  /// Number of the call, from 1.
  public let call: Int
  /// Number of steps.
  public let steps: Int

  /// `ErrorCategory.validation`.
  public var errorCategory: ErrorCategory? { .validation }
  /// The call and the number of steps in one line.
  public var description: String {
    "call \(call) of a scripted operation that has \(steps) \(steps == 1 ? "step" : "steps")"
  }
  /// The same as ``description``.
  public var errorDescription: String? { description }
}
