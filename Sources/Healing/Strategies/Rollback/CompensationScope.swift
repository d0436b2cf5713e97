import Synchronization

/// Collects the compensations of an operation's steps.
///
/// ```swift
/// try await orders.executeSteps("checkout") { steps in
///   let seat = try await steps.run("reserve seat") { try await hall.reserve() } undo: { try await hall.release($0) }
///   try await steps.run("charge card") { try await bank.charge(seat) } undo: { try await bank.refund($0) }
///   try await mail.sendTicket(seat)
/// }
/// ```
///
/// When a step fails, or the task is cancelled, the completed steps are compensated in reverse order.
public final class CompensationScope: Sendable {
  private let compensations = Lock<[Compensation]>([])

  init() {}

  /// Runs a step and registers its compensation.
  /// - Parameters:
  ///   - name: name of the step in the ledger.
  ///   - step: the step. If it throws, there is nothing to compensate.
  ///   - undo: the compensation; receives the step's value.
  public func run<Value: Sendable>(
    _ name: String, _ step: () async throws -> Value, undo: @escaping @Sendable (Value) async throws -> Void
  ) async throws -> Value {
    let value = try await step()
    onRollback(name) { try await undo(value) }
    return value
  }

  /// Registers a compensation for a completed step.
  public func onRollback(_ name: String, _ undo: @escaping @Sendable () async throws -> Void) {
    compensations.withLock { $0.append(Compensation(name, undo)) }
  }

  /// Removes and returns the compensations, last step first. A second call returns an empty array.
  func take() -> [Compensation] {
    compensations.withLock { compensations in
      defer { compensations = [] }
      return compensations.reversed()
    }
  }
}
