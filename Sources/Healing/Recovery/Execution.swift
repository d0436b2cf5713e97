/// What the stages of one execution's recovery share.
struct Execution<Value> {
  let id: LedgerID
  let operation: String
  let fallbacks: [Fallback<Value>]
  let request: RequestInfo?
  /// What the call was made with, for fallbacks that take it.
  let input: (any Sendable)?
  /// On the monotonic clock; `.max`: none.
  let deadline: Int64
  /// When the first attempt began, on the monotonic clock.
  let begun: Int64
}
