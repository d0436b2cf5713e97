/// What is known of an error as text: for errors reported from outside, and for the text rules.
public struct ErrorEvidence: Sendable, Hashable {
  /// Name of the error's type, possibly empty.
  public var type: String
  /// What the error says.
  public var message: String
  /// An HTTP status, errno, SQLSTATE or symbolic code that came with it.
  public var code: String?

  /// Evidence from its parts.
  public init(type: String = "", message: String, code: String? = nil) {
    self.type = type
    self.message = message
    self.code = code
  }
}
