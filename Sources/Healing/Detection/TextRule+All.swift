extension TextRule {
  /// The rule table. Weights: 90 names the fault beyond doubt, 70 strongly suggests it, 50 suggests it,
  /// 30 is a hint that holds when nothing else is known. Between equal weights the first match stands.
  static let all: [TextRule] =
    rules(.timeout, 80, "timed out", "timeout", "deadline exceeded", "time out", "i/o timeout")
    + rules(
      .network, 70, "connection refused", "connection reset", "no route to host", "no such host",
      "broken pipe", "network is unreachable", "econnrefused", "econnreset")
    + rules(.network, 70, transient: false, "certificate", "tls", "handshake failure", "x509", "ssl")
    + rules(.rateLimit, 85, "rate limit", "too many requests", "quota exceeded", "throttled", "throttling")
    + rules(
      .authentication, 65, "unauthorized", "authentication required", "access denied", "forbidden",
      "permission denied", "invalid api key", "credentials")
    + rules(.resource, 75, "no space left on device", "too many open files", "out of memory", "heap space")
    + rules(.database, 90, transient: true, "database is locked", "deadlock", "lock wait timeout")
    + rules(.database, 60, "sql", "constraint failed", "relation")
    + rules(.configuration, 60, "configuration", "misconfiguration", "config")
    + rules(.validation, 55, "invalid value", "validation", "malformed", "unexpected end of")

  private static func rules(
    _ category: ErrorCategory, _ weight: Int, transient: Bool? = nil, severity: ErrorSeverity? = nil,
    _ phrases: String...
  ) -> [TextRule] {
    phrases.map { phrase in
      TextRule(
        id: "text.\(category.rawValue).\(phrase.replacing(" ", with: "_"))", phrase: phrase,
        category: category, isTransient: transient ?? category.isUsuallyTransient, severity: severity,
        weight: weight)
    }
  }
}
