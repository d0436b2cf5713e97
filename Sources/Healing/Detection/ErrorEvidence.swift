/// The text of an error, for errors reported from outside and for the text rules.
public struct ErrorEvidence: Sendable, Hashable {
  /// Name of the error's type; may be empty.
  public var type: String
  /// The error's message.
  public var message: String
  /// An HTTP status, errno, SQLSTATE or symbolic code that accompanied the error.
  public var code: String?

  /// Makes the evidence of an error.
  public init(type: String = "", message: String, code: String? = nil) {
    self.type = type
    self.message = message
    self.code = code
  }
}
