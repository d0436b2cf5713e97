/// An error that classifies itself. Every property is optional: the detector decides those that are `nil`.
///
/// ```swift
/// struct QuotaExceeded: SelfClassifyingError {
///   var errorCategory: ErrorCategory? { .rateLimit }
///   var retryAfter: Duration? { .seconds(30) }
/// }
/// ```
public protocol SelfClassifyingError: Error {
  /// The kind of failure.
  var errorCategory: ErrorCategory? { get }
  /// The severity.
  var errorSeverity: ErrorSeverity? { get }
  /// Whether the same call, repeated unchanged, would plausibly succeed.
  var isTransient: Bool? { get }
  /// The wait that the dependency asked for.
  var retryAfter: Duration? { get }
  /// The HTTP status that accompanied the error.
  var httpStatus: Int? { get }
  /// Another code that accompanied the error: a SQLSTATE (`40P01`), a gRPC status by name (`Unavailable`), an errno
  /// by name (`ECONNRESET`).
  var errorCode: String? { get }
}

extension SelfClassifyingError {
  /// `nil`: the detector decides.
  public var errorCategory: ErrorCategory? { nil }
  /// `nil`: the detector decides.
  public var errorSeverity: ErrorSeverity? { nil }
  /// `nil`: the detector decides.
  public var isTransient: Bool? { nil }
  /// `nil`: the detector decides.
  public var retryAfter: Duration? { nil }
  /// `nil`: the detector decides.
  public var httpStatus: Int? { nil }
  /// `nil`: the detector decides.
  public var errorCode: String? { nil }
}
