extension RecoveryResult: Encodable {
  private enum CodingKeys: String, CodingKey {
    case action, strategy, success, outcome, attempts, message, metadata
    case durationMs = "duration_ms"
  }

  /// Encodes the fields of an entry of `GET /recovery/recent` that a result has, and `strategy`, `outcome` and
  /// `metadata`, without the value and the error. Redacts the texts.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(action, forKey: .action)
    try container.encode(strategy, forKey: .strategy)
    try container.encode(success, forKey: .success)
    try container.encode(outcome, forKey: .outcome)
    try container.encode(attempts, forKey: .attempts)
    try container.encode(duration.milliseconds, forKey: .durationMs)
    try container.encode(Redactor.redact(message), forKey: .message)
    try container.encode(Redactor.redact(metadata), forKey: .metadata)
  }
}
