public import Foundation
import Healing

// `localizedDescription` of the module's errors has the words of `description`.

extension CommandFailedError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension WebhookRefusedError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension WebhookTimeoutError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}
