/// The data that the recovery stages of one execution share.
struct Execution<Value> {
  let id: LedgerID
  let operation: String
  /// The policy in force when the execution began.
  let sharedPolicy: SharedPolicy
  let fallbacks: [Fallback<Value>]
  let request: RequestInfo?
  /// The call's input, for fallbacks that use it.
  let input: (any Sendable)?
  /// The call's own judge, called before the policy's.
  let judge: ((Result<Value, any Error>) -> CallVerdict?)?
  /// In nanoseconds on the monotonic clock; `.max`: no deadline.
  let deadline: Int64
  /// Start of the first attempt, in nanoseconds on the monotonic clock.
  let begun: Int64

  var policy: ComponentPolicy { sharedPolicy.policy }
}

/// How an attempt's operation ended.
struct AttemptResult<Value> {
  let result: Result<Value, any Error>
  /// Number of the task in which the operation ran. With a time limit it is a child task of the caller's.
  let task: Int
}

/// An execution whose attempts have failed so far.
struct Trouble<Value> {
  /// The last failure.
  var failure: FailedCall
  /// The last attempt's value if it was judged a failure; returned when no recovery succeeds.
  var value: Value?
  /// Whether a sample already counts the execution.
  var isCounted: Bool
  /// Whether the changes of the failed attempts are undone; `nil` when there was nothing to undo.
  var isUndone: Bool?
  /// The final result of a strategy's attempt, which is not recovered from.
  var final: (result: Result<Value, any Error>, isAnswer: Bool)?

  /// Continues with the failure of a later attempt. `isUndone` stays `false` once an attempt could not be
  /// undone.
  mutating func follow(_ next: Trouble) {
    let former = isUndone
    self = next
    isUndone = former == false || next.isUndone == false ? false : former ?? next.isUndone
  }
}

/// How an attempt ended, after it was counted and recorded.
enum AttemptEnd<Value> {
  case succeeded(Value)
  /// The attempt failed and is recovered from.
  case failed(Trouble<Value>)
  /// Not recovered from: an error that was judged a success or a caller error, or an ignored result.
  /// - isAnswer: whether the component answered.
  case final(Result<Value, any Error>, isAnswer: Bool)
  /// The caller cancelled the attempt.
  case cancelled(any Error)
}
