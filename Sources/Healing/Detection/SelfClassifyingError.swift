/// An error that knows what it is. Every property is optional: what it leaves open is found out otherwise.
///
/// ```swift
/// struct QuotaExceeded: SelfClassifyingError {
///   var errorCategory: ErrorCategory? { .rateLimit }
///   var retryAfter: Duration? { .seconds(30) }
/// }
/// ```
public protocol SelfClassifyingError: Error {
  /// What kind of thing failed.
  var errorCategory: ErrorCategory? { get }
  /// How bad it is.
  var errorSeverity: ErrorSeverity? { get }
  /// Whether a mere repetition would plausibly succeed.
  var isTransient: Bool? { get }
  /// How long the other side asked to be left alone.
  var retryAfter: Duration? { get }
  /// The HTTP status that came with it.
  var httpStatus: Int? { get }
  /// Another code that came with it: a SQLSTATE (`40P01`), a gRPC status by name (`Unavailable`), an errno by name
  /// (`ECONNRESET`).
  var errorCode: String? { get }
}

extension SelfClassifyingError {
  /// Left open.
  public var errorCategory: ErrorCategory? { nil }
  /// Left open.
  public var errorSeverity: ErrorSeverity? { nil }
  /// Left open.
  public var isTransient: Bool? { nil }
  /// Left open.
  public var retryAfter: Duration? { nil }
  /// Left open.
  public var httpStatus: Int? { nil }
  /// Left open.
  public var errorCode: String? { nil }
}
