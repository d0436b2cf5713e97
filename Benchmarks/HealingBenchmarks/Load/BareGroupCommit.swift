import Foundation
import Synchronization

/// The reference for latency: a thread that commits the rows of the last 2 ms with ``RawLoop``, or at once when a
/// caller waits for them. The least that a ledger with group commit is.
final class BareGroupCommit: Sendable {
  typealias Waiter = CheckedContinuation<Void, any Error>

  private struct Shared {
    var rows = 0
    var waiters: [Waiter] = []
    var isStopped = false
  }

  private static let interval = 2_000_000
  private let shared = Mutex(Shared())
  private let committed = Atomic(0)
  /// Commits with rows so far.
  var commits: Int { committed.load(ordering: .relaxed) }
  private let wakeup = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  init(path: String) {
    Thread { [self] in
      run(path: path)
      ended.signal()
    }.start()
  }

  /// Closes the database before it returns.
  private func run(path: String) {
    let loop = Result { try RawLoop(path: path) }
    var next = DispatchTime.now()
    while true {
      let work = shared.withLock { shared in
        defer { (shared.rows, shared.waiters) = (0, []) }
        return shared
      }
      let written = Result { try loop.get().write(rows: work.rows) }
      if work.rows > 0 { committed.add(1, ordering: .relaxed) }
      for waiter in work.waiters { waiter.resume(with: written) }
      if work.isStopped { break }
      next = max(next, .now() - .nanoseconds(Self.interval)) + .nanoseconds(Self.interval)
      _ = wakeup.wait(timeout: next)
    }
  }

  /// Adds a row to the next batch.
  func add() { shared.withLock { $0.rows += 1 } }

  /// Adds a row and waits until it is durable.
  /// - Parameter atOnce: whether the writer is woken.
  func addAndWait(atOnce: Bool) async throws {
    try await withCheckedThrowingContinuation { (waiter: Waiter) in
      shared.withLock { shared in
        shared.rows += 1
        shared.waiters.append(waiter)
      }
      if atOnce { wakeup.signal() }
    }
  }

  /// Ends the thread after its last batch.
  func stop() async {
    shared.withLock { $0.isStopped = true }
    wakeup.signal()
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [ended] in
        ended.wait()
        continuation.resume()
      }
    }
  }
}
