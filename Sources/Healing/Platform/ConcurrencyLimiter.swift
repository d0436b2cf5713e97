import Synchronization

/// A bounded semaphore: limits how many bodies run concurrently. Further callers wait in a FIFO queue of
/// limited length.
public final class ConcurrencyLimiter: Sendable {
  /// The queue is full.
  public struct QueueFull: Error {}

  private typealias Waiter = (number: Int, continuation: CheckedContinuation<Void, any Error>)
  private struct State {
    var free: Int
    /// Slots that only urgent callers take.
    let reserved: Int
    var longestLine: Int
    var nextNumber = 0
    var urgent: [Waiter] = []
    var waiting: [Waiter] = []

    /// Passes the slot of a caller that leaves to a waiting one.
    mutating func leave() -> Waiter? {
      if !urgent.isEmpty { return urgent.removeFirst() }
      if free >= reserved && !waiting.isEmpty { return waiting.removeFirst() }
      free += 1
      return nil
    }

    mutating func remove(_ number: Int) -> Waiter? {
      if let index = urgent.firstIndex(where: { $0.number == number }) { return urgent.remove(at: index) }
      return waiting.firstIndex { $0.number == number }.map { waiting.remove(at: $0) }
    }
  }
  private enum Entry { case free, full, queued }

  private let state: Lock<State>

  /// - Parameters:
  ///   - limit: bodies that run concurrently, 1 or more.
  ///   - waiting: callers that wait at once. Default: unlimited.
  public convenience init(limit: Int, waiting: Int = .max) {
    self.init(limit: limit, reserved: 0, waiting: waiting)
  }

  /// - Parameters:
  ///   - reserved: slots among `limit` that only urgent callers take.
  ///   - waiting: urgent callers that wait at once, and as many others.
  package init(limit: Int, reserved: Int, waiting: Int = .max) {
    state = Lock(State(free: max(1, limit), reserved: reserved, longestLine: waiting))
  }

  /// Changes the limit of waiting callers. Callers that already wait stay in the queue.
  package func change(waiting: Int) { state.withLock { $0.longestLine = waiting } }

  /// Runs `body` when a slot is free.
  /// - Throws: ``QueueFull``, `CancellationError` when the task is cancelled while it waits, or the error of
  ///   `body`.
  public func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    try await run(isUrgent: false, body)
  }

  /// Runs `body` when a slot is free.
  /// - Parameter isUrgent: whether the caller may take a reserved slot and precedes those that may not.
  package func run<Value: Sendable>(isUrgent: Bool, _ body: @Sendable () async throws -> Value) async throws
    -> Value
  {
    try await enter(isUrgent: isUrgent)
    defer { leave() }
    return try await body()
  }

  private func enter(isUrgent: Bool) async throws {
    let number = state.withLock { state in
      state.nextNumber += 1
      return state.nextNumber
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let entry = state.withLock { state -> Entry in
          if state.free > (isUrgent ? 0 : state.reserved) {
            state.free -= 1
            return .free
          }
          guard (isUrgent ? state.urgent : state.waiting).count < state.longestLine else { return .full }
          if isUrgent {
            state.urgent.append((number, continuation))
          } else {
            state.waiting.append((number, continuation))
          }
          return .queued
        }
        switch entry {
        case .free: continuation.resume()
        case .full: continuation.resume(throwing: QueueFull())
        case .queued: if Task.isCancelled { giveUp(number) }
        }
      }
    } onCancel: {
      giveUp(number)
    }
  }

  private func giveUp(_ number: Int) {
    let waiter = state.withLock { $0.remove(number) }
    waiter?.continuation.resume(throwing: CancellationError())
  }

  private func leave() {
    let next = state.withLock { $0.leave() }
    next?.continuation.resume()
  }
}
