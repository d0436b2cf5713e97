/// The server cannot listen: what is wrong and what to do about it.
public struct HTTPServerError: Error, Sendable, CustomStringConvertible {
  /// One line.
  public let description: String

  init(_ description: String) { self.description = description }
}
