public import Foundation

extension HTTPServerError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}
