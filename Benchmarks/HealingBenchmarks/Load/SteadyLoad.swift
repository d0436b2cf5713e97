import Foundation
import Healing
import HealingSQLite
import Synchronization

/// Records calls at a steady rate from a thread of its own, a few at a time every half millisecond.
final class SteadyLoad: Sendable {
  private let isStopped = Atomic(false)
  private let sent = Atomic(0)
  private let ended = DispatchSemaphore(value: 0)

  init(ledger: SQLiteLedger, eventsPerSecond: Int) {
    Thread { [self] in
      let time = SystemTimeSource()
      let start = time.monotonicNanoseconds()
      var count = 0
      while !isStopped.load(ordering: .relaxed) {
        let due = Int((time.monotonicNanoseconds() - start) * Int64(eventsPerSecond) / 1_000_000_000)
        while count < due {
          ledger.record(
            CallSample(
              slot: LedgerLoad.slots[count & 3].number, outcome: .success, duration: 1_000,
              endedAt: time.monotonicNanoseconds()))
          count += 1
        }
        usleep(500)
      }
      sent.store(count, ordering: .relaxed)
      ended.signal()
    }.start()
  }

  /// Ends the load.
  /// - Returns: how many calls were recorded.
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
