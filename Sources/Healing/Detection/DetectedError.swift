/// A classified error without its call, its texts redacted.
struct DetectedError: Sendable {
  let classification: ErrorClassification
  /// The type's name, without secrets.
  let type: String
  /// The message, without secrets, at most ``ErrorContext/maximumMessageLength`` bytes.
  let message: String
  let fingerprint: Fingerprint

  /// Redacts the texts.
  /// - Parameter fingerprint: `nil`: computed.
  init(
    _ classification: ErrorClassification, type: String, message: String, fingerprint: Fingerprint? = nil
  ) {
    self.classification = classification
    self.type = Redactor.redactName(type)
    self.message = Redactor.redact(message, maximumLength: ErrorContext.maximumMessageLength)
    self.fingerprint =
      fingerprint
      ?? Fingerprint(type: self.type, message: self.message, category: classification.category)
  }
}
