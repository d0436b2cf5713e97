import Dispatch
import Foundation
import Healing
import Synchronization
import HealingTestSupport
import Testing

@testable import HealingLedger

/// Recorders and the writer that sleeps: however long a recorder takes to wake it, no entry is left lying.
@Suite struct WakingTests {
  /// Replaces the writer: sleeps whenever the queue is empty.
  private final class Sleeper: Sendable {
    let queue: WriteQueue
    private let taken = Lock(0)
    private let ended = DispatchSemaphore(value: 0)

    init(_ queue: WriteQueue) {
      self.queue = queue
      Thread { [self] in
        var buffers = WriteQueue.Buffers()
        while !queue.isClosed {
          queue.sleepUntilWork(until: .distantFuture)
          var batch = queue.take(reusing: &buffers)
          for flush in batch.flushes { flush(.success(())) }
          taken.withLock { $0 += batch.stripes.reduce(0) { $0 + $1.calls.count } }
          buffers = batch.recycle()
        }
        ended.signal()
      }.start()
    }

    var count: Int { taken.withLock { $0 } }

    /// Whether so many calls are taken; fails after a long time without progress.
    func hasTaken(_ count: Int) async -> Bool {
      let deadline = ContinuousClock.now + .seconds(300)
      while self.count < count {
        if ContinuousClock.now > deadline { return false }
        await pause()
      }
      return true
    }

    func close() {
      queue.close()
      ended.wait()
    }
  }

  private static let call = CallSample(component: "a", outcome: .success, durationNanoseconds: 1, endedAt: 0)

  @Test func `a late wake-up of one recorder loses no wake-up of later ones`() async {
    let isHeld = Lock(true)
    let release = DispatchSemaphore(value: 0)
    let reached = DispatchSemaphore(value: 0)
    let queue = WriteQueue(
      time: SystemTimeSource(),
      beforeWaking: {
        guard
          isHeld.withLock({ isHeld in
            defer { isHeld = false }; return isHeld
          })
        else { return }
        reached.signal()
        release.wait()
      })
    let writer = Sleeper(queue)
    while !queue.writerIsAsleep { await pause() }
    let late = DispatchSemaphore(value: 0)
    Thread {
      queue.append(Self.call)
      late.signal()
    }.start()
    reached.wait()
    // Another recorder wakes it meanwhile: it takes that entry and sleeps again.
    try? await queue.flush()
    #expect(await writer.hasTaken(1))
    while !queue.writerIsAsleep { await pause() }
    release.signal()
    late.wait()
    // Woken for nothing, it sleeps once more, which it is given the time to do. Each of these must wake it.
    for _ in 0..<100_000 where !queue.writerIsAsleep { await Task.yield() }
    for count in 2...50 {
      queue.append(Self.call)
      guard await writer.hasTaken(count) else {
        Issue.record("call \(count) was left lying")
        break
      }
    }
    writer.close()
  }

  @Test func `the writer drains every entry with many recorders that wake it late`() async {
    let delays = Atomic<UInt64>(0)
    let queue = WriteQueue(
      time: SystemTimeSource(),
      beforeWaking: {
        // A different number of turns each time, from none to many.
        var generator = SplitMix64(seed: delays.wrappingAdd(1, ordering: .relaxed).newValue)
        var turns = generator.next() % 64
        while turns > 0 {
          sched_yield()
          turns -= 1
        }
      })
    let writer = Sleeper(queue)
    let rounds = 2_000
    let recorders = 3
    for round in 1...rounds {
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<recorders { group.addTask { queue.append(Self.call) } }
      }
      // No other recorder wakes it: an entry that is left now stays in the queue.
      guard await writer.hasTaken(round * recorders) else {
        Issue.record("of round \(round) something was left lying")
        break
      }
    }
    writer.close()
  }
}
