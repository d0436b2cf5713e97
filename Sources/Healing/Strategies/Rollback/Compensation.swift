/// Undoes one step of an operation.
public struct Compensation: Sendable {
  /// The result of a compensation.
  struct Outcome: Sendable {
    let name: String
    let attempts: Int
    let duration: Duration
    /// The last attempt's error; `nil` when it succeeded.
    let error: (any Error)?

    var message: String {
      error.map { "\(name) was not undone: \(KnownErrorTypes.message(of: $0))" } ?? "\(name) was undone"
    }
  }

  /// The name of the step in the ledger.
  public let name: String
  private let undo: @Sendable () async throws -> Void

  /// Creates a compensation.
  public init(_ name: String, _ undo: @escaping @Sendable () async throws -> Void) {
    self.name = name
    self.undo = undo
  }

  /// Runs the compensation to its end, also when the caller is cancelled, so that no step stays half undone.
  func run(_ options: RollbackOptions, time: any TimeSource) async -> Outcome {
    await Task { await tryAll(options, time: time) }.value
  }

  private func tryAll(_ options: RollbackOptions, time: any TimeSource) async -> Outcome {
    let startedAt = time.monotonicNanoseconds()
    var problem: (any Error)?
    var attempts = 0
    repeat {
      attempts += 1
      switch await withTimeout(for: options.timeout, time: time, { [undo] in try await undo() }) {
      case .value: problem = nil
      case .failed(let error): problem = error
      case .timedOut, .cancelled:
        // Not retried: the compensation may still be running, and two concurrent runs are worse than one late
        // run.
        attempts = options.maxAttempts
        problem = CompensationTimeoutError(compensation: name, limit: options.timeout)
      }
    } while problem != nil && attempts < options.maxAttempts
    return Outcome(
      name: name, attempts: attempts, duration: .nanoseconds(time.monotonicNanoseconds() - startedAt),
      error: problem)
  }
}

/// The error of a compensation that exceeded its time limit.
public struct CompensationTimeoutError: Error, Sendable, Hashable, SelfClassifyingError,
  CustomStringConvertible
{
  /// The compensation's name.
  public let compensation: String
  /// The time limit.
  public let limit: Duration
  /// ``ErrorCategory/timeout``.
  public var errorCategory: ErrorCategory? { .timeout }
  /// The compensation and the limit in one line.
  public var description: String { "undoing \(compensation) timed out after \(limit)" }
}
