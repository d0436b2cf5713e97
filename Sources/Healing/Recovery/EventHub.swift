import Synchronization

/// Publishes events to all listeners. A slow listener loses its oldest events and never blocks the publisher.
final class EventHub: Sendable {
  private struct State {
    var next = 0
    var listeners: [Int: AsyncStream<RecoveryEvent>.Continuation] = [:]
  }
  private let state = Lock(State())

  func publish(_ event: RecoveryEvent) {
    for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield(event) }
  }

  func listen() -> AsyncStream<RecoveryEvent> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: RecoveryEvent.self, bufferingPolicy: .bufferingNewest(1_024))
    let number = state.withLock { state in
      state.next += 1
      state.listeners[state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
    }
    return stream
  }
}
