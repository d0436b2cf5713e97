/// What the stages of one execution's recovery share.
struct Execution<Value> {
  let id: LedgerID
  let operation: String
  /// In force when the execution began.
  let sharedPolicy: SharedPolicy
  let fallbacks: [Fallback<Value>]
  let request: RequestInfo?
  /// What the call was made with, for fallbacks that take it.
  let input: (any Sendable)?
  /// The call's own judge, asked before the policy's.
  let judge: ((Result<Value, any Error>) -> CallVerdict?)?
  /// On the monotonic clock; `.max`: none.
  let deadline: Int64
  /// When the first attempt began, on the monotonic clock.
  let begun: Int64

  var policy: ComponentPolicy { sharedPolicy.policy }
}

/// How an attempt's operation ended.
struct AttemptResult<Value> {
  let result: Result<Value, any Error>
  /// Number of the task in which the operation ran: with a time limit a child of the caller's.
  let task: Int
}

/// An execution that has failed so far.
struct Trouble<Value> {
  /// The last failure.
  var failure: FailedCall
  /// The value of the last attempt that was judged a failure: returned when nothing helps.
  var value: Value?
  /// Whether a sample counts the execution already.
  var isCounted: Bool
  /// Whether what the failed attempts had done is undone; `nil`: there was nothing to undo.
  var isUndone: Bool?
  /// The result of a strategy's attempt that is not to be recovered from.
  var final: (result: Result<Value, any Error>, isAnswer: Bool)?

  /// Continues with the failure of a later attempt. What one attempt could not undo stays.
  mutating func follow(_ next: Trouble) {
    let former = isUndone
    self = next
    isUndone = former == false || next.isUndone == false ? false : former ?? next.isUndone
  }
}

/// How an attempt ended, once it is counted and recorded.
enum AttemptEnd<Value> {
  case succeeded(Value)
  /// To be recovered from.
  case failed(Trouble<Value>)
  /// Not to be recovered from: an error that was judged a success or an error of the caller, or an ignored result.
  /// - isAnswer: whether the component answered.
  case final(Result<Value, any Error>, isAnswer: Bool)
  /// By the caller.
  case cancelled(any Error)
}
