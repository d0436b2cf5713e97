import Synchronization

/// A component's state under its lock, and beside it the one thing that a call may know without the lock: that it is
/// free to go.
struct GuardedState: ~Copyable, Sendable {
  private let state: Mutex<ComponentState>
  /// ``ComponentState/freeGeneration`` as of the last unlocking. A reader that is late by a moment is a call that
  /// was let through a moment earlier: its permit is of that generation, and its result is stale if that is over.
  private let freeGeneration: Atomic<UInt64>

  init(_ state: consuming sending ComponentState) {
    freeGeneration = Atomic(state.freeGeneration)
    self.state = Mutex(state)
  }

  /// Runs `body` under the lock.
  func withLock<Result, Failure: Error>(
    _ body: (inout sending ComponentState) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    try state.withLock { state throws(Failure) in
      defer { freeGeneration.store(state.freeGeneration, ordering: .releasing) }
      return try body(&state)
    }
  }

  /// A permit without taking the lock; `nil` when more than counting stands between a call and the dependency.
  var permit: CircuitBreaker.Permit? {
    let generation = freeGeneration.load(ordering: .acquiring)
    return generation == 0 ? nil : CircuitBreaker.Permit(generation: generation, probe: 0)
  }
}
