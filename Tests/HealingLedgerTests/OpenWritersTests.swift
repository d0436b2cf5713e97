import Dispatch
import Foundation
import Healing
import HealingTestSupport
import Testing

@testable import HealingLedger

/// The last flush of a process that exits without closing its ledgers.
@Suite struct OpenWritersTests {
  private let queue = WriteQueue(time: VirtualTime())
  private let writers = OpenWriters()

  /// Completes the flushes of the queue on a thread, until it is closed.
  private func drain() {
    Thread { [queue] in
      var buffers = WriteQueue.Buffers()
      while !queue.isClosed {
        queue.sleepUntilWork(until: .distantFuture)
        var batch = queue.take(reusing: &buffers)
        for flush in batch.flushes { flush(.success(())) }
        buffers = batch.recycle()
      }
    }.start()
  }

  @Test func `an exit waits for the flushes of all writers`() {
    writers.add(queue)
    drain()
    writers.flush(within: .seconds(300))
    #expect(queue.isIdle || queue.takeFlushes().isEmpty)
    queue.close()
  }

  @Test func `an exit does not wait past its limit`() {
    writers.add(queue)
    writers.flush(within: .milliseconds(1))
    #expect(queue.takeFlushes().count == 1)
  }

  @Test func `a forked process flushes no writer of its parent`() {
    writers.add(queue)
    writers.flush(within: .seconds(300), in: getpid() + 1)
    #expect(queue.takeFlushes().isEmpty)
  }

  @Test func `an exit on a writer's own thread does not wait for that writer`() {
    writers.add(queue)
    writers.noteThread(of: queue)
    writers.flush(within: .seconds(300))
    #expect(queue.takeFlushes().isEmpty)
  }

  @Test func `a writer that has ended is not flushed`() {
    writers.add(queue)
    writers.remove(queue)
    writers.flush(within: .seconds(300))
    #expect(queue.takeFlushes().isEmpty)
  }
}
