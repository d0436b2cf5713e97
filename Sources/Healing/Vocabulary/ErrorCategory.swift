/// The kind of failure. Raw values are the words on the wire, in SQL and in JSON.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum ErrorCategory: String, Sendable, Codable, CaseIterable {
  /// Refused, reset or unreachable connections, name resolution, TLS.
  case network
  /// The remote service answered with a failure.
  case api
  /// The caller was throttled or its quota is used up.
  case rateLimit = "rate_limit"
  /// Missing, wrong or expired credentials, or missing permission.
  case authentication
  /// A local resource ran out: memory, disk, file handles, processor.
  case resource
  /// A failure of the database, its locks and pools included.
  case database
  /// A value of the request is wrong: the caller's mistake.
  case validation
  /// An operation took too long, also while connecting.
  case timeout
  /// A setting is wrong or missing.
  case configuration
  /// No other category applies; includes programming errors.
  case unknown
}
