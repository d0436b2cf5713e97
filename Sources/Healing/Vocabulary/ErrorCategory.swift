/// What kind of thing failed. Raw values are the words on the wire, in SQL and in JSON.
public enum ErrorCategory: String, Sendable, Codable, CaseIterable {
  /// Refused, reset or unreachable connections, name resolution, TLS.
  case network
  /// The remote interface answered with a failure of its own.
  case api
  /// Throttled, or a quota is used up.
  case rateLimit = "rate_limit"
  /// Missing, wrong or expired credentials, or missing permission.
  case authentication
  /// Memory, disk, file handles, processor: something local ran out.
  case resource
  /// The database's own failures, its locks and pools included.
  case database
  /// A value of the request is wrong; the caller's mistake.
  case validation
  /// It took too long, while dialling, too.
  case timeout
  /// A setting is wrong or missing.
  case configuration
  /// None of the others, programming errors included.
  case unknown
}
