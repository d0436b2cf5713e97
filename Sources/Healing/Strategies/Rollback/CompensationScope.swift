import Synchronization

/// Collects, step by step, how what was done can be undone.
///
/// ```swift
/// try await orders.executeSteps("checkout") { steps in
///   let seat = try await steps.run("reserve seat") { try await hall.reserve() } undo: { try await hall.release($0) }
///   try await steps.run("charge card") { try await bank.charge(seat) } undo: { try await bank.refund($0) }
///   try await mail.sendTicket(seat)
/// }
/// ```
///
/// When a step fails, or the task is cancelled, the steps that were done are undone in reverse order.
public final class CompensationScope: Sendable {
  private let compensations = Lock<[Compensation]>([])

  init() {}

  /// Does a step and remembers how to undo it.
  /// - Parameters:
  ///   - name: of the step; stands in the ledger.
  ///   - step: what is done. When it throws there is nothing to undo.
  ///   - undo: undoes it; is given what the step returned.
  public func run<Value: Sendable>(
    _ name: String, _ step: () async throws -> Value, undo: @escaping @Sendable (Value) async throws -> Void
  ) async throws -> Value {
    let value = try await step()
    onRollback(name) { try await undo(value) }
    return value
  }

  /// Remembers how to undo what has been done.
  public func onRollback(_ name: String, _ undo: @escaping @Sendable () async throws -> Void) {
    compensations.withLock { $0.append(Compensation(name, undo)) }
  }

  /// Takes what is to be undone, last step first. A second call finds nothing.
  func take() -> [Compensation] {
    compensations.withLock { compensations in
      defer { compensations = [] }
      return compensations.reversed()
    }
  }
}
