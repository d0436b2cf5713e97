package import Dispatch
package import Foundation
import Healing
import Synchronization

/// The writers of the process that have not ended. When the process exits without closing its ledgers, each gets
/// a last flush.
///
/// `exit` and a return from `main` run the handler; a signal, a trap and `_exit` do not.
package final class OpenWriters: Sendable {
  package static let shared = OpenWriters()

  /// Time that an exit waits for all writers together.
  private static let exitLimit = DispatchTimeInterval.seconds(1)
  private static let exitHandler: Int32 = atexit { OpenWriters.shared.flush(within: OpenWriters.exitLimit) }

  private struct Writer {
    let queue: WriteQueue
    let process: pid_t
    /// The writer's thread, once it runs.
    var thread: pthread_t?
  }

  private let writers = Lock<[ObjectIdentifier: Writer]>([:])
  /// The process that added the last writer. Readable without the lock, which a fork can leave locked for ever
  /// in the child.
  private let process = Atomic<pid_t>(0)

  package init() {}

  /// Adds the writer of a queue and, for the first of the process, installs the exit handler.
  package func add(_ queue: WriteQueue) {
    _ = Self.exitHandler
    let current = getpid()
    process.store(current, ordering: .relaxed)
    writers.withLock { $0[ObjectIdentifier(queue)] = Writer(queue: queue, process: current) }
  }

  /// Records that the calling thread drains the queue.
  package func noteThread(of queue: WriteQueue) {
    let thread = pthread_self()
    writers.withLock { $0[ObjectIdentifier(queue)]?.thread = thread }
  }

  package func remove(_ queue: WriteQueue) {
    writers.withLock { $0[ObjectIdentifier(queue)] = nil }
  }

  /// Flushes all writers and waits until each flush has succeeded or failed once, at most for the limit. Does
  /// nothing in a forked process, which has no writer threads, and omits a writer whose own thread calls it.
  /// - Parameter current: id of the calling process.
  package func flush(within limit: DispatchTimeInterval, in current: pid_t = getpid()) {
    guard process.load(ordering: .relaxed) == current else { return }
    let thread = pthread_self()
    let end = DispatchTime.now() + limit
    // Never waits for a lock: a signal handler that calls `exit` may have interrupted its holder on this thread.
    let open = Self.retry(until: end) {
      writers.withLockIfAvailable { writers in
        writers.values.filter { $0.process == current && $0.thread != thread }.map(\.queue)
      }
    }
    let done = DispatchSemaphore(value: 0)
    let queues = (open ?? []).filter { queue in
      Self.retry(until: end) { queue.flushIfUnlocked { _ in done.signal() } ? true : nil } ?? false
    }
    for _ in queues where done.wait(timeout: end) == .timedOut { return }
  }

  /// Calls `body` until it returns a value, at most until `end`.
  private static func retry<Value>(until end: DispatchTime, _ body: () -> Value?) -> Value? {
    while true {
      if let value = body() { return value }
      guard DispatchTime.now() < end else { return nil }
      usleep(500)
    }
  }
}
