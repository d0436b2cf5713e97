import Foundation
import Healing
import HealingSQLite
import Synchronization

/// Makes events at a steady rate from its own thread, a few at a time every half millisecond.
final class SteadyLoad: Sendable {
  private let isStopped = Atomic(false)
  private let sent = Atomic(0)
  private let ended = DispatchSemaphore(value: 0)

  /// Records calls.
  convenience init(ledger: SQLiteLedger, eventsPerSecond: Int) {
    let time = SystemTimeSource()
    self.init(eventsPerSecond: eventsPerSecond) { event in
      ledger.record(
        CallSample(
          slot: LedgerLoad.slots[event & 3].number, outcome: .success, durationNanoseconds: 1_000,
          endedAt: time.monotonicNanoseconds()))
    }
  }

  /// - Parameter makeEvent: called with the number of the event, from 0.
  init(eventsPerSecond: Int, _ makeEvent: @escaping @Sendable (Int) -> Void) {
    Thread { [self] in
      let time = SystemTimeSource()
      let start = time.monotonicNanoseconds()
      var count = 0
      while !isStopped.load(ordering: .relaxed) {
        let due = Int((time.monotonicNanoseconds() - start) * Int64(eventsPerSecond) / 1_000_000_000)
        while count < due {
          makeEvent(count)
          count += 1
        }
        usleep(500)
      }
      sent.store(count, ordering: .relaxed)
      ended.signal()
    }.start()
  }

  /// Ends the load.
  /// - Returns: number of events.
  func stop() async -> Int {
    isStopped.store(true, ordering: .relaxed)
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [ended] in
        ended.wait()
        continuation.resume()
      }
    }
    return sent.load(ordering: .relaxed)
  }
}
