package import Healing
import Synchronization

/// Publishes a writer's status. A subscriber keeps only the newest status and never delays the writer.
package final class StatusPublisher: Sendable {
  private struct State {
    var next = 0
    var subscribers: [Int: AsyncStream<LedgerStatus>.Continuation] = [:]
    var hasEnded = false
  }
  // A status is also read under the lock, so that an older one of another thread does not replace it.
  private let state = Lock(State())
  private let hasSubscribers = Atomic<Bool>(false)

  package init() {}

  /// Adds a subscriber.
  /// - Parameter status: returns the current status, which the subscriber receives first.
  package func subscribe(_ status: () -> LedgerStatus) -> AsyncStream<LedgerStatus> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: LedgerStatus.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state -> Int? in
      continuation.yield(status())
      guard !state.hasEnded else { return nil }
      state.next += 1
      state.subscribers[state.next] = continuation
      hasSubscribers.store(true, ordering: .relaxed)
      return state.next
    }
    guard let number else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in self?.remove(number) }
    return stream
  }

  /// Publishes the status, unless there is no subscriber.
  /// - Parameter status: returns the current status. Called only when there is a subscriber.
  package func publish(_ status: () -> LedgerStatus) {
    guard hasSubscribers.load(ordering: .relaxed) else { return }
    state.withLock { state in
      let status = status()
      for subscriber in state.subscribers.values { subscriber.yield(status) }
    }
  }

  /// Publishes the last status and ends all streams, later ones included.
  package func end(_ status: () -> LedgerStatus) {
    publish(status)
    let ended = state.withLock { state in
      state.hasEnded = true
      return Array(state.subscribers.values)
    }
    // Outside the lock: finishing a stream removes its subscriber.
    for subscriber in ended { subscriber.finish() }
  }

  private func remove(_ number: Int) {
    state.withLock { state in
      state.subscribers[number] = nil
      hasSubscribers.store(!state.subscribers.isEmpty, ordering: .relaxed)
    }
  }
}
