import Synchronization

/// Publishes events to all listeners. A slow listener loses its oldest events and never blocks the publisher.
final class EventHub: Sendable {
  private struct State {
    var next = 0
    var listeners: [Int: AsyncStream<RecoveryEvent>.Continuation] = [:]
  }
  private let state = Lock(State())
  /// Whether there are listeners, readable without the lock. An event that is published while the first listener is
  /// added is not for it.
  private let hasListeners = Atomic<Bool>(false)

  func publish(_ event: RecoveryEvent) {
    guard hasListeners.load(ordering: .relaxed) else { return }
    for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield(event) }
  }

  func listen() -> AsyncStream<RecoveryEvent> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: RecoveryEvent.self, bufferingPolicy: .bufferingNewest(1_024))
    let number = state.withLock { state in
      state.next += 1
      state.listeners[state.next] = continuation
      hasListeners.store(true, ordering: .relaxed)
      return state.next
    }
    continuation.onTermination = { [weak self] _ in
      self?.remove(number)
    }
    return stream
  }

  private func remove(_ number: Int) {
    state.withLock { state in
      state.listeners[number] = nil
      if state.listeners.isEmpty { hasListeners.store(false, ordering: .relaxed) }
    }
  }
}
