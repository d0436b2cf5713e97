import Healing
import HealingSQLite
import Synchronization

extension Scenario {
  /// What the ledger costs those who record. A round fits the ledger's queue.
  static let record = Scenario("record") { bench in
    let ledger = try SQLiteLedger(path: bench.path("record.db"))
    let time = SystemTimeSource()
    let names: [ComponentName] = ["record-0", "record-1", "record-2", "record-3"]
    let slots = names.map { ComponentSlot($0) }
    // Each with separate texts, as errors have: copies of one would make caller and writer count its references in turns.
    let detected = (0..<1_000).map { _ in
      ErrorDetector().detect(Trouble(), component: names[0], operation: "call")
    }
    let lastID = Atomic<Int64>(1 << 40)
    let calls = try await bench.compare(
      "record", calls: 8_000,
      to: Contender(name: "clock reading") { calls in
        var sum: Int64 = 0
        for _ in 0..<calls { sum &+= time.monotonicNanoseconds() }
        consume(sum)
      },
      [
        Contender(name: "a call, cost to the caller", budgets: [.ratioAtMost(2), .noAllocation]) { calls in
          for call in 0..<calls {
            ledger.record(
              CallSample(
                slot: slots[call & 3].number, outcome: .success, durationNanoseconds: 1_500_000,
                endedAt: Int64(call)))
          }
        } settle: {
          try await ledger.flush()
        }
      ])
    let appended = Mutex([LedgerEntry]())
    appended.withLock { $0.reserveCapacity(8_000) }
    let errors = try await bench.compare(
      "record", calls: 8_000,
      to: Contender(name: "an error appended to an array under a mutex") { calls in
        for call in 0..<calls {
          var error = detected[call % detected.count]
          error.id = LedgerID(rawValue: lastID.add(1, ordering: .relaxed).newValue)
          let entry = LedgerEntry.error(error)
          appended.withLock { $0.append(entry) }
        }
      } settle: {
        appended.withLock { $0.removeAll(keepingCapacity: true) }
      },
      [
        Contender(name: "an error, cost to the caller", budgets: [.ratioAtMost(2)]) { calls in
          for call in 0..<calls {
            var error = detected[call % detected.count]
            error.id = LedgerID(rawValue: lastID.add(1, ordering: .relaxed).newValue)
            ledger.record(.error(error))
          }
        } settle: {
          try await ledger.flush()
        }
      ])
    try await ledger.close()
    return calls + errors
  }
}
