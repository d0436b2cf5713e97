/// The verdict on a call's result.
///
/// Later versions add cases: a `switch` outside the package needs a `default`.
public enum CallVerdict: Sendable, Hashable {
  /// The component answered, also when the operation throws.
  case success
  /// The component failed, also when the operation returns a value. The category defaults to the error's own,
  /// and to ``ErrorCategory/api`` for a value. Only a transient failure is retried. `isTransient` defaults to
  /// the category's default, which is `false` for `api`. ``ErrorCategory/validation``, the category of caller
  /// errors, is stored as ``ErrorCategory/api``.
  case failure(ErrorCategory? = nil, isTransient: Bool? = nil)
  /// The request was wrong. Counted as a caller error and recorded with its error, but not recovered from.
  case callerError
  /// The result is neither counted nor recorded nor recovered from.
  case ignored
}

/// Judges the results of calls whose thrown errors are not always failures, or whose returned values can be
/// failures.
///
/// ```swift
/// let policy = ComponentPolicy(
///   judge: CallJudge { (result: Result<Reply, any Error>) in
///     switch result {
///     case .success(let reply) where reply.status >= 500: .failure(.api, isTransient: reply.status == 503)
///     case .failure(let error) where error is InsufficientStock: .success
///     default: nil
///     }
///   })
/// ```
///
/// A value that is judged a failure is recovered from like an error. When no recovery succeeds, the call returns
/// that value.
public struct CallJudge: Sendable {
  private let body: @Sendable (Result<Any, any Error>) -> CallVerdict?

  /// Creates a judge for errors and for values of one type. Values of another type are successes.
  /// - Parameter body: returns the verdict, or `nil` for the default: an error as it is classified, a value as
  ///   a success. Called once per attempt, without a lock held; a cancelled attempt is not judged.
  public init<Value>(_ body: @escaping @Sendable (Result<Value, any Error>) -> CallVerdict?) {
    self.body = { result in
      switch result {
      case .success(let value): (value as? Value).flatMap { body(.success($0)) }
      case .failure(let error): body(.failure(error))
      }
    }
  }

  func verdict<Value>(on result: Result<Value, any Error>) -> CallVerdict? { body(result.map { $0 }) }
}

/// The error that represents a returned value judged a failure or a caller error. Strategies, fallbacks and the
/// ledger receive it in place of the value.
public struct UnacceptableResultError: Error, Sendable, Hashable, SelfClassifyingError,
  CustomStringConvertible
{
  /// The type name of the value.
  public let valueType: String
  /// The category of the verdict.
  public let category: ErrorCategory
  /// Whether a retry may help; `nil`: the category's default.
  public let isTransient: Bool?

  /// ``category``.
  public var errorCategory: ErrorCategory? { category }
  /// The value's type and the category in one line.
  public var description: String { "the returned \(valueType) was judged a failure (\(category.rawValue))" }
}
