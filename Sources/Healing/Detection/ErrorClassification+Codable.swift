extension ErrorClassification: Codable {
  private enum CodingKeys: String, CodingKey {
    case category, severity, transient, rule, cancellation
    case shouldRetry = "should_retry"
    case shouldFallback = "should_fallback"
    case shouldCircuitBreak = "should_circuit_break"
    case retryDelay = "retry_delay_ms"
    case retryAfter = "retry_after_ms"
    case localRejection = "local_rejection"
  }

  /// The names that differ in JSON of earlier releases.
  private enum FormerKeys: String, CodingKey {
    case isTransient, retryAfter, isLocalRejection, isCancellation
  }

  /// Decodes a verdict, also one that an earlier release encoded.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let former = try decoder.container(keyedBy: FormerKeys.self)
    category = try values.decode(ErrorCategory.self, forKey: .category)
    severity = try values.decode(ErrorSeverity.self, forKey: .severity)
    rule = try values.decode(String.self, forKey: .rule)
    isTransient =
      try values.decodeIfPresent(Bool.self, forKey: .transient)
      ?? former.decode(Bool.self, forKey: .isTransient)
    isLocalRejection =
      try values.decodeIfPresent(Bool.self, forKey: .localRejection)
      ?? former.decode(Bool.self, forKey: .isLocalRejection)
    isCancellation =
      try values.decodeIfPresent(Bool.self, forKey: .cancellation)
      ?? former.decodeIfPresent(Bool.self, forKey: .isCancellation) ?? false
    retryAfter =
      try values.decodeIfPresent(Double.self, forKey: .retryAfter).map { Duration.milliseconds($0) }
      ?? former.decodeIfPresent(Duration.self, forKey: .retryAfter)
  }

  /// Encodes the fields of a verdict in the answer of `POST /errors`, and `retry_after_ms`, `local_rejection` and
  /// `cancellation`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(category, forKey: .category)
    try container.encode(severity, forKey: .severity)
    try container.encode(isTransient, forKey: .transient)
    try container.encode(shouldRetry, forKey: .shouldRetry)
    try container.encode(shouldFallback, forKey: .shouldFallback)
    try container.encode(shouldCircuitBreak, forKey: .shouldCircuitBreak)
    try container.encode(retryDelay?.milliseconds, forKey: .retryDelay)
    try container.encode(rule, forKey: .rule)
    try container.encode(retryAfter?.milliseconds, forKey: .retryAfter)
    try container.encode(isLocalRejection, forKey: .localRejection)
    try container.encode(isCancellation, forKey: .cancellation)
  }
}
