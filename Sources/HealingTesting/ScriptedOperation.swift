public import Healing
import Synchronization

/// An operation with outcomes that the test wrote down: each call takes the next one. Pass ``next()`` as the body
/// of an execution.
///
/// ```swift
/// let charge = ScriptedOperation<String>(.fail(GatewayDown()), .succeed("receipt-1"))
/// let receipt = try await payments.execute("charge", charge.next)
/// ```
///
/// Calls can be concurrent; each takes one step.
public final class ScriptedOperation<Value: Sendable>: Sendable {
  /// The outcome of one call. `after` is how long the call takes, on the script's time source; default 0.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Step: Sendable {
    /// The call returns a value.
    case succeed(Value, after: Duration = .zero)
    /// The call throws an error.
    case fail(any Error, after: Duration = .zero)
    /// The call never ends by itself. It throws `CancellationError` when its task is cancelled, as by a time limit.
    case hang
  }

  private let steps: [Step]
  private let repeatsLast: Bool
  private let time: any TimeSource
  private let taken = Lock(0)

  /// Creates an operation.
  /// - Parameters:
  ///   - steps: the outcomes, in the order of the calls.
  ///   - repeatsLast: whether calls past the last step repeat it. Default `false`: they throw ``ScriptEndedError``.
  ///   - time: the source on which `after` is slept; virtual in tests. Unused by steps without `after`.
  public init(_ steps: [Step], repeatsLast: Bool = false, time: any TimeSource = SystemTimeSource()) {
    self.steps = steps
    self.repeatsLast = repeatsLast
    self.time = time
  }

  /// Creates an operation from single steps, in the order of the calls.
  public convenience init(
    _ steps: Step..., repeatsLast: Bool = false, time: any TimeSource = SystemTimeSource()
  ) {
    self.init(steps, repeatsLast: repeatsLast, time: time)
  }

  /// Number of calls so far, those past the end included.
  public var calls: Int { taken.withLock { $0 } }

  /// Takes the next step.
  /// - Returns: the step's value.
  /// - Throws: the step's error; `CancellationError` when the task is cancelled while the step takes time;
  ///   ``ScriptEndedError`` past the last step.
  public func next() async throws -> Value {
    let call = taken.withLock { taken in
      taken += 1
      return taken
    }
    guard let step = call <= steps.count ? steps[call - 1] : repeatsLast ? steps.last : nil else {
      throw ScriptEndedError(call: call, steps: steps.count)
    }
    switch step {
    case .succeed(let value, let duration):
      if duration > .zero { try await time.sleep(for: duration) }
      return value
    case .fail(let error, let duration):
      if duration > .zero { try await time.sleep(for: duration) }
      throw error
    case .hang:
      // The stream has no element and is not finished, so the loop ends by cancellation.
      let (stream, continuation) = AsyncStream<Void>.makeStream()
      for await _ in stream {}
      continuation.finish()
      throw CancellationError()
    }
  }
}
