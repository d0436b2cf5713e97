/// Undoes one step of an operation.
public struct Compensation: Sendable {
  /// What became of a compensation.
  struct Outcome: Sendable {
    let name: String
    let attempts: Int
    let duration: Duration
    /// Why the last try failed; `nil` when it succeeded.
    let error: (any Error)?

    var message: String {
      error.map { "\(name) was not undone: \(KnownErrorTypes.message(of: $0))" } ?? "\(name) was undone"
    }
  }

  /// What it undoes; stands in the ledger.
  public let name: String
  private let undo: @Sendable () async throws -> Void

  /// A compensation from its parts.
  public init(_ name: String, _ undo: @escaping @Sendable () async throws -> Void) {
    self.name = name
    self.undo = undo
  }

  /// Runs to its end, also when the caller is cancelled: what is half undone helps nobody.
  func run(_ options: RollbackOptions, time: any TimeSource) async -> Outcome {
    await Task { await tryAll(options, time: time) }.value
  }

  private func tryAll(_ options: RollbackOptions, time: any TimeSource) async -> Outcome {
    let begun = time.monotonicNanoseconds()
    var problem: (any Error)?
    var attempts = 0
    repeat {
      attempts += 1
      switch await Patience.wait(for: options.timeout, time: time, { [undo] in try await undo() }) {
      case .value: problem = nil
      case .failed(let error): problem = error
      case .timedOut, .cancelled:
        // Not tried again: it may still be at work, and to undo a thing twice at once is worse than once late.
        attempts = options.maxAttempts
        problem = CompensationTimeoutError(compensation: name, limit: options.timeout)
      }
    } while problem != nil && attempts < options.maxAttempts
    return Outcome(
      name: name, attempts: attempts, duration: .nanoseconds(time.monotonicNanoseconds() - begun),
      error: problem)
  }
}

/// A compensation that was not done in time.
public struct CompensationTimeoutError: Error, Sendable, Hashable, SelfClassifyingError,
  CustomStringConvertible
{
  /// What it was to undo.
  public let compensation: String
  /// How long it may take.
  public let limit: Duration
  /// Timeout.
  public var errorCategory: ErrorCategory? { .timeout }
  /// One line with both.
  public var description: String { "undoing \(compensation) timed out after \(limit)" }
}
