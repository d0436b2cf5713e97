/// The data that the recovery stages of one execution share. Made when an execution needs more than one plain
/// success.
///
/// The stages know the value only as ``ValueExecution`` hides it: they are not generic, because generic code would
/// look up type metadata at every step of every failed call.
///
/// Used by one task at a time: the caller's, or the child task that runs an attempt while the caller waits.
class Execution {
  let id: LedgerID
  /// The outer execution that made the call, see ``ParentExecution``.
  let parent = ParentExecution.id
  let operation: String
  /// The policy in force when the execution began.
  let sharedPolicy: SharedPolicy
  let request: RequestInfo?
  /// The call's input, for fallbacks that use it.
  let input: (any Sendable)?
  /// In nanoseconds on the monotonic clock; `.max`: no deadline.
  let deadline: Int64
  /// Start of the first attempt, in nanoseconds on the monotonic clock.
  let startedAt: Int64
  /// The call's texts for its rows.
  private(set) lazy var recorded = RecordedCall(operation: operation, request)

  var policy: ComponentPolicy { sharedPolicy.policy }

  init(
    _ component: Component, _ operation: String, startedAt: Int64, request: RequestInfo?,
    input: (any Sendable)?
  ) {
    id = component.context.ledger.makeID()
    self.operation = operation
    sharedPolicy = component.sharedPolicy
    self.request = request ?? .current
    self.input = input
    deadline = sharedPolicy.policy.timeouts.total.map { startedAt.addingClamped($0.nanoseconds) } ?? .max
    self.startedAt = startedAt
  }

  // MARK: The value

  /// The name of the value's type, for messages.
  var valueType: String { "" }

  /// Returns the verdict of the call's judge, else that of the policy's judge; `nil` without one.
  /// - Parameter result: an attempt's result. A success has set the value.
  func verdict(on result: Result<Void, any Error>) -> CallVerdict? { nil }

  /// Keeps the last attempt's value as one that was judged a failure, or drops an earlier one.
  func keepJudgedValue(_ isJudged: Bool) {}

  /// Makes the value that was judged a failure the execution's value.
  func useJudgedValue() {}

  /// Returns whether a fallback of the call or of the policy can answer a failure.
  func fallbackFit(for failure: FailedCall) -> FallbackFit { .none }

  /// Runs the call's fallbacks, then the policy's. A success sets the value.
  func fallBack(_ failure: FailedCall, time: any TimeSource) async -> RecoveryResult<Void> {
    .failed(failure.error)
  }

  /// Runs a strategy. A success with a value sets the value.
  /// - Parameter attempt: makes another attempt, which sets the value or throws.
  func recover(
    _ failure: FailedCall, by strategy: any RecoveryStrategy, _ attempt: () async throws -> Void
  ) async -> RecoveryResult<Void> {
    .failed(failure.error)
  }
}

/// The execution whose later attempt, strategy or fallback the task runs; `nil` in a first attempt, which has no execution
/// yet: a call that succeeds at once must not pay for one.
enum ParentExecution {
  @TaskLocal static var id: LedgerID?
}

/// Whether a failure has a fallback.
enum FallbackFit {
  /// A fallback can answer it.
  case fits
  /// The policy has fallbacks, but none for the call's type of value.
  case otherType
  case none
}

/// An execution with its value, and with the parts of the call that have the value's type.
final class ValueExecution<Value>: Execution {
  private var value: Value?
  /// The value of the last failed attempt, if it returned one. A strategy may discard the value of its own attempt.
  private var judgedValue: Value?
  private let fallbacks: [Fallback<Value>]
  private let judge: ((Result<Value, any Error>) -> CallVerdict?)?

  /// - Parameters:
  ///   - fallbacks: the call's fallbacks, run before the policy's.
  ///   - judge: the call's own judge, called before the policy's.
  init(
    _ component: Component, _ operation: String, startedAt: Int64, fallbacks: [Fallback<Value>],
    request: RequestInfo?, input: (any Sendable)? = nil,
    judge: ((Result<Value, any Error>) -> CallVerdict?)? = nil
  ) {
    self.fallbacks = fallbacks
    self.judge = judge
    super.init(component, operation, startedAt: startedAt, request: request, input: input)
  }

  /// Makes an attempt, and keeps its value.
  func set(by body: () async throws -> Value) async throws {
    value = nil
    value = try await body()
  }

  /// Returns the value.
  /// - Throws: `CancellationError` when no stage has set it.
  func get() throws -> Value {
    guard let value else { throw CancellationError() }
    return value
  }

  override var valueType: String { "\(Value.self)" }

  override func verdict(on result: Result<Void, any Error>) -> CallVerdict? {
    guard judge != nil || policy.judge != nil else { return nil }
    let judged: Result<Value, any Error> = Result {
      try result.get()
      return try get()
    }
    return judge?(judged) ?? policy.judge?.verdict(on: judged)
  }

  override func keepJudgedValue(_ isJudged: Bool) { judgedValue = isJudged ? value : nil }

  override func useJudgedValue() { value = judgedValue }

  private var allFallbacks: [Fallback<Value>] {
    guard let policy = policy.fallback else { return fallbacks }
    return fallbacks + policy.sources(of: Value.self)
  }

  override func fallbackFit(for failure: FailedCall) -> FallbackFit {
    let all = allFallbacks
    if all.contains(where: { $0.canAnswer(failure) }) { return .fits }
    return all.isEmpty && policy.fallback?.valueTypes.isEmpty == false ? .otherType : .none
  }

  override func fallBack(_ failure: FailedCall, time: any TimeSource) async -> RecoveryResult<Void> {
    keep(
      await FallbackStrategy.ask(
        allFallbacks, failure, policy.fallback?.options ?? .standard, time: time))
  }

  override func recover(
    _ failure: FailedCall, by strategy: any RecoveryStrategy, _ attempt: () async throws -> Void
  ) async -> RecoveryResult<Void> {
    keep(
      await strategy.recover(failure) {
        try await attempt()
        return try get()
      })
  }

  private func keep(_ result: RecoveryResult<Value>) -> RecoveryResult<Void> {
    if let value = result.value { self.value = value }
    var kept = RecoveryResult<Void>(
      result.outcome, result.value.map { _ in }, result.error, result.attempts, result.message,
      result.metadata)
    kept.gaveUp = result.gaveUp
    return kept
  }
}

/// How an attempt's operation ended.
struct AttemptResult {
  let result: Result<Void, any Error>
  /// Number of the task in which the operation ran. With a time limit it is a child task of the caller's.
  let task: Int
}

/// An execution whose attempts have failed so far.
struct Trouble {
  /// The last failure.
  var failure: FailedCall
  /// Whether the last attempt returned a value that was judged a failure. It is returned when no recovery succeeds.
  var hasValue = false
  /// Whether a sample already counts the execution.
  var isCounted: Bool
  /// Whether the changes of the failed attempts are undone; `nil` when there was nothing to undo.
  var isUndone: Bool?
  /// The final result of a strategy's attempt, which is not recovered from.
  var final: FinalResult?

  /// Continues with the failure of a later attempt. `isUndone` stays `false` once an attempt could not be
  /// undone.
  mutating func follow(_ next: Trouble) {
    let (former, final) = (self, final)
    self = next
    self.final = final
    isUndone = former.isUndone(after: next.isUndone)
  }

  /// Returns the outcome of an execution that a later attempt has ended.
  func outcome(of final: FinalResult) -> ExecutionOutcome {
    final.isAnswer ? .saved : isUndone(after: final.isUndone) == true ? .undone : .lost
  }

  /// Returns whether all changes are undone after a later attempt.
  func isUndone(after next: Bool?) -> Bool? {
    isUndone == false || next == false ? false : isUndone ?? next
  }
}

/// The result of an attempt that is not recovered from.
struct FinalResult {
  let result: Result<Void, any Error>
  /// Whether the component answered.
  let isAnswer: Bool
  /// Whether the attempt's changes are undone; `nil` when there was nothing to undo.
  var isUndone: Bool?

  /// Whether it ends an execution whose strategy made the attempt. An ignored value does not: the strategy decides.
  var endsExecution: Bool {
    if case .failure = result { return true }
    return !isAnswer
  }
}

/// How an attempt ended, after it was counted and recorded.
enum AttemptEnd {
  case succeeded
  /// The attempt failed and is recovered from.
  case failed(Trouble)
  /// Not recovered from: an error that was judged a success or a caller error, or an ignored result.
  case final(FinalResult)
  /// The caller cancelled the attempt.
  case cancelled(any Error)
}
