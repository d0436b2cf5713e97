/// What a call's result says about the component.
public enum CallVerdict: Sendable, Hashable {
  /// The component answered, also where the operation throws.
  case success
  /// The component failed, also where the operation returns a value. The category is the error's own by default, and
  /// ``ErrorCategory/api`` for a value. Only a transient failure is retried: by default as the category usually is, which
  /// `api` is not.
  case failure(ErrorCategory? = nil, isTransient: Bool? = nil)
  /// The request was wrong: counted as such, recorded with its error, not recovered from.
  case callerError
  /// Says nothing: neither counted nor recorded nor recovered from.
  case ignored
}

/// Judges results where a thrown error is no failure, or a returned value is one.
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
/// A value that is judged a failure is recovered from like an error. When no recovery helps, the call returns that value.
public struct CallJudge: Sendable {
  private let body: @Sendable (Result<Any, any Error>) -> CallVerdict?

  /// Judges errors, and values of one type. Values of another type are successes.
  /// - Parameter body: returns `nil` for results that are judged as without it: an error as it is classified, a value as a
  ///   success. Called once an attempt, without a lock; a cancelled attempt is not judged.
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

/// Stands for a returned value that was judged a failure or an error of the caller, where strategies, fallbacks and the
/// ledger want an error.
public struct UnacceptableResultError: Error, Sendable, Hashable, SelfClassifyingError,
  CustomStringConvertible
{
  /// The type of the value.
  public let valueType: String
  /// The category of the verdict.
  public let category: ErrorCategory
  /// Whether a retry may help; `nil`: as the category usually is.
  public let isTransient: Bool?

  /// The same.
  public var errorCategory: ErrorCategory? { category }
  /// One line with both.
  public var description: String { "the returned \(valueType) was judged a failure (\(category.rawValue))" }
}
