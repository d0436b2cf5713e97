import Synchronization

/// A bounded semaphore: limits how many bodies run concurrently. Further callers wait in a FIFO queue of
/// limited length.
public final class ConcurrencyLimiter: Sendable {
  /// The queue is full.
  public struct QueueFull: Error {}

  private struct State {
    var free: Int
    var longestLine: Int
    var nextNumber = 0
    var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
  }
  private enum Entry { case free, full, queued }

  private let state: Lock<State>

  /// - Parameters:
  ///   - limit: bodies that run concurrently, 1 or more.
  ///   - waiting: callers that wait at once. Default: unlimited.
  public init(limit: Int, waiting: Int = .max) {
    state = Lock(State(free: max(1, limit), longestLine: waiting))
  }

  /// Changes the limit of waiting callers. Callers that already wait stay in the queue.
  package func change(waiting: Int) { state.withLock { $0.longestLine = waiting } }

  /// Runs `body` when a slot is free.
  /// - Throws: ``QueueFull``, `CancellationError` when the task is cancelled while it waits, or the error of
  ///   `body`.
  public func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    try await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async throws {
    let number = state.withLock { state in
      state.nextNumber += 1
      return state.nextNumber
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let entry = state.withLock { state -> Entry in
          if state.free > 0 {
            state.free -= 1
            return .free
          }
          guard state.waiting.count < state.longestLine else { return .full }
          state.waiting.append((number, continuation))
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
    let waiter = state.withLock { state in
      state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0).continuation }
    }
    waiter?.resume(throwing: CancellationError())
  }

  private func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst().continuation }
      state.free += 1
      return nil
    }
    next?.resume()
  }
}
