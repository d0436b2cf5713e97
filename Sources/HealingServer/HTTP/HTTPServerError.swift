public import Foundation

/// The server cannot listen. The description names the cause and the remedy.
public struct HTTPServerError: Error, Sendable, CustomStringConvertible {
  /// One line.
  public let description: String

  init(_ description: String) { self.description = description }
}

extension HTTPServerError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}
