import Foundation
import HealingSQLite
import HealingTestSupport
import Synchronization
import Testing

@testable import Healing

/// A component's breaker against its model where the breaker lives in a file: over restarts of its process, and in two
/// processes. `HEALING_SEED` replays the steps of one run, `HEALING_SEQUENCES` says how many sequences there are of each kind.
@Suite struct BreakerModelLedgerTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let sequences = environment["HEALING_SEQUENCES"].flatMap { UInt64($0) } ?? 8

  private func seed() -> UInt64 {
    let seed = Self.environment["HEALING_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)
    print("breaker model in a ledger, seed \(seed): replay with HEALING_SEED=\(seed)")
    return seed
  }

  /// Runs sequences side by side, as they mostly wait for the disk and for the watch, until one of them finds a difference.
  private func difference(
    _ seeds: Range<UInt64>, _ run: @escaping @Sendable (UInt64) async throws -> String?
  ) async throws -> String? {
    try await withThrowingTaskGroup(of: String?.self) { group in
      var next = seeds.lowerBound
      func add() {
        guard next < seeds.upperBound else { return }
        let seed = next
        next += 1
        group.addTask { try await run(seed).map { "seed \(seed): \($0)" } }
      }
      for _ in 0..<4 { add() }
      while let difference = try await group.next() {
        if let difference {
          group.cancelAll()
          return difference
        }
        add()
      }
      return nil
    }
  }

  // MARK: Restarts

  /// Faults of storing and restoring.
  private enum RestartFault: CaseIterable, Sendable {
    case losesWait, losesFailures, losesTrips, losesWindow, losesSlowCalls, restoresOldWindow, storesNoCounts,
      storesHalf, losesOverride, losesExpiredOverride, keepsOverride, closes

    func faults(_ clock: BreakerModelProcess.Clock) -> GatedLedger.Faults {
      var faults = GatedLedger.Faults()
      let isOdd = alternating()
      let time = clock.time
      faults.recorded = { entry in
        guard case .breaker = entry else { return entry }
        return self == .storesNoCounts || (self == .storesHalf && isOdd()) ? nil : entry
      }
      faults.stored = { row in
        var row = row
        switch self {
        case .losesWait: row.openUntil = row.openUntil.map { $0 + .seconds(-2) }
        case .losesFailures: row.failureCount = 0
        case .losesTrips: row.consecutiveTrips = 0
        case .losesWindow: (row.windowCalls, row.windowFailures, row.windowSlowCalls) = (0, 0, 0)
        case .losesSlowCalls: row.windowSlowCalls = 0
        case .restoresOldWindow: row.updatedAt = row.updatedAt + .seconds(4)
        case .losesOverride: row.override = nil
        case .losesExpiredOverride: row.override = row.activeOverride(at: time.wallClock())
        case .keepsOverride: row.override?.expiresAt = nil
        case .closes: row.state = .closed
        case .storesNoCounts, .storesHalf: break
        }
        return row
      }
      return faults
    }
  }

  /// Returns true at the first call and at every second one after it.
  private static func alternating() -> @Sendable () -> Bool {
    let number = Lock(0)
    return {
      number.withLock { number in
        number += 1
        return number % 2 == 1
      }
    }
  }

  /// - Returns: the first disagreement, or `nil`.
  @Sendable private func restarts(seed: UInt64, fault: RestartFault? = nil) async throws -> String? {
    var generator = SplitMix64(seed: seed)
    let folder = try TemporaryFolder()
    let clock = BreakerModelProcess.Clock()
    var model = BreakerModel(options: try .forModel(using: &generator))
    let faults = fault?.faults(clock) ?? GatedLedger.Faults()
    for round in 0..<8 where !Task.isCancelled {
      let process = try await BreakerModelProcess(
        path: folder.path(), clock: clock, model: model, faults: faults)
      var difference = process.difference().map { "after the start: \($0)" }
      for step in 0..<80 where difference == nil {
        pass(clock, using: &generator)
        let done = try process.step(round * 80 + step, using: &generator)
        difference = done.difference.map { "step \(step) (\(done.what)): \($0)" }
      }
      if difference == nil && process.model.memory != BreakerModel.Memory() {
        difference = BreakerModelProcess.difference(
          row: try await process.row(), process.model.memory, at: clock.now
        ).map { "the row: \($0)" }
      }
      if difference == nil && Int.random(in: 0..<3, using: &generator) == 0 {
        try process.force(using: &generator)
      }
      try await process.close()
      if let difference { return "run \(round), \(difference)" }
      model = process.model
      // A short or a long stop.
      let isLong = Bool.random(using: &generator)
      clock.time.advance(by: .milliseconds(50) * Int.random(in: 0...(isLong ? 600 : 60), using: &generator))
      model.restart(at: clock.now)
    }
    return nil
  }

  /// Advances the time by nothing, a little or much, in steps of 50 ms: times often coincide, and ids that run ahead of the clock by some
  /// milliseconds do not matter.
  private func pass(_ clock: BreakerModelProcess.Clock, using generator: inout SplitMix64) {
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<5: break
    case 5..<19: clock.time.advance(by: .milliseconds(50) * Int.random(in: 0...30, using: &generator))
    default: clock.time.advance(by: .seconds(Int64.random(in: 0...30, using: &generator)))
    }
  }

  @Test(.timeLimit(.minutes(10)))
  func `the breaker agrees with its model after every step and over every restart`() async throws {
    let seed = seed()
    let difference = try await difference(seed..<seed + Self.sequences) { try await restarts(seed: $0) }
    #expect(difference == nil)
  }

  @Test(.timeLimit(.minutes(10))) func `the model detects every planted fault of a restart`() async throws {
    for fault in RestartFault.allCases {
      let difference = try await difference(0..<24) { try await restarts(seed: $0, fault: fault) }
      #expect(difference != nil, "\(fault)")
    }
  }

  // MARK: Two processes

  /// Faults of applying the changes of the other process.
  private enum AdoptionFault: CaseIterable, Sendable {
    case dropsNews, dropsHalfOfNews, waitsAnew, probesToo, rejectsTooLong, dropsOverrides, dropsStates,
      takesCounts, takesEarlierStates, takesEarlierOverrides, losesTransitions, losesOverrides

    /// The action of a faulty engine before it applies a row.
    func adopt(_ news: BreakerSnapshot, into component: Component, wall: Timestamp, monotonic: Int64) {
      component.state.withLock { state in
        switch self {
        case .takesCounts where news.state == .closed && news.stateVersion > state.stateVersion:
          state.restoreState(news, wall: wall, monotonic: monotonic)
        case .takesEarlierStates where news.stateVersion < state.stateVersion:
          state.restoreState(news, wall: wall, monotonic: monotonic)
        case .takesEarlierOverrides where news.overrideVersion < state.overrideVersion:
          state.restoreOverride(of: news, wall: wall, monotonic: monotonic)
        default: break
        }
      }
    }

    func faults(_ clock: BreakerModelProcess.Clock) -> GatedLedger.Faults {
      var faults = GatedLedger.Faults()
      let isOdd = alternating()
      let time = clock.time
      faults.news = { row in
        var row = row
        switch self {
        case .dropsNews: return nil
        case .dropsHalfOfNews: if isOdd() { return nil }
        case .waitsAnew: row.openUntil = row.openFor.map { time.wallClock() + $0 }
        case .probesToo: if row.state == .halfOpen { row.state = .closed }
        case .rejectsTooLong:
          if row.state == .halfOpen {
            row.state = .open
            (row.openFor, row.openUntil) = (.seconds(10), time.wallClock() + .seconds(10))
          }
        case .dropsOverrides: row.overrideVersion = 0
        case .dropsStates: row.stateVersion = 0
        case .takesCounts, .takesEarlierStates, .takesEarlierOverrides, .losesTransitions, .losesOverrides:
          break
        }
        return row
      }
      faults.recorded = { entry in
        guard case .transition(let transition, let row) = entry, row.component == BreakerModelProcess.name
        else {
          return entry
        }
        let isOverride = transition.from == transition.to
        if self == .losesTransitions && !isOverride && isOdd() { return nil }
        if self == .losesOverrides && isOverride && isOdd() { return nil }
        return entry
      }
      return faults
    }
  }

  /// - Returns: the first disagreement, or `nil`.
  @Sendable private func twoProcesses(seed: UInt64, fault: AdoptionFault? = nil) async throws -> String? {
    var generator = SplitMix64(seed: seed)
    let folder = try TemporaryFolder()
    let clock = BreakerModelProcess.Clock()
    let options = try CircuitBreakerOptions.forModel(using: &generator)
    let faults = fault?.faults(clock) ?? GatedLedger.Faults()
    var processes: [BreakerModelProcess] = []
    for _ in 0..<2 {
      processes.append(
        try await BreakerModelProcess(
          path: folder.path(), clock: clock, model: BreakerModel(options: options), faults: faults))
    }
    var file = BreakerModelFile()
    var difference: String?
    for round in 0..<10 where difference == nil && !Task.isCancelled {
      for step in 0..<Int.random(in: 1...12, using: &generator) where difference == nil {
        pass(clock, using: &generator)
        let index = Int.random(in: 0..<2, using: &generator)
        let process = processes[index]
        let done = try process.step(round * 12 + step, using: &generator)
        let model = process.model
        if model.persists { file.write(model.memory, moved: model.movesState || model.movesOverride) }
        // Flushed at once, so the rows are written in the order of the steps.
        try await process.ledger.flush()
        difference = done.difference.map { "process \(index), step \(step) (\(done.what)): \($0)" }
      }
      if difference == nil {
        difference = try await synchronise(processes, round, &file, fault).map { "synchronisation: \($0)" }
      }
      if difference == nil && Int.random(in: 0..<4, using: &generator) == 0 {
        let index = Int.random(in: 0..<2, using: &generator)
        try await processes[index].close()
        for _ in 0..<3 { pass(clock, using: &generator) }
        var model = processes[index].model
        model.restart(from: file.row ?? BreakerModel.Memory(), at: clock.now)
        processes[index] = try await BreakerModelProcess(
          path: folder.path(), clock: clock, model: model, faults: faults)
        difference = processes[index].difference().map { "restart of \(index): \($0)" }
      }
      difference = difference.map { "round \(round), \($0)" }
    }
    for process in processes { try await process.close() }
    return difference
  }

  /// Waits until the poller of each process has reported the other's changes, and lets both apply them.
  private func synchronise(
    _ processes: [BreakerModelProcess], _ round: Int, _ file: inout BreakerModelFile, _ fault: AdoptionFault?
  ) async throws -> String? {
    let marks = [ComponentName("mark-0"), "mark-1"]
    for (process, mark) in zip(processes, marks) {
      try process.engine.component(mark).force(
        CircuitOverride(kind: .forcedOpen, actor: "test", reason: "round \(round)"))
      try await process.ledger.flush()
    }
    for (process, mark) in zip(processes, marks.reversed()) {
      while process.ledger.lastNews(of: mark)?.override?.reason != "round \(round)" {
        if Task.isCancelled { return nil }
        await pause()
      }
    }
    let now = processes[0].clock.now
    for (index, process) in processes.enumerated() {
      if let fault, let news = process.ledger.lastNews(of: BreakerModelProcess.name) {
        fault.adopt(news, into: process.component, wall: process.clock.time.wallClock(), monotonic: now)
      }
      process.ledger.deliver(BreakerModelProcess.name)
      if let row = file.row { process.model.adopt(row, at: now) }
      if let difference = process.difference() { return "process \(index): \(difference)" }
      if let difference = BreakerModelProcess.difference(try await process.row(), file.row, at: now) {
        return "the file: \(difference)"
      }
    }
    return nil
  }

  @Test(.timeLimit(.minutes(10)))
  func
    `two processes agree with the model after every step, and with their file after every synchronisation`()
    async throws
  {
    let seed = seed()
    let difference = try await difference(seed..<seed + Self.sequences) { try await twoProcesses(seed: $0) }
    #expect(difference == nil)
  }

  @Test(.timeLimit(.minutes(10))) func `the model detects every planted fault of applying a remote change`()
    async throws
  {
    for fault in AdoptionFault.allCases {
      let difference = try await difference(0..<24) { try await twoProcesses(seed: $0, fault: fault) }
      #expect(difference != nil, "\(fault)")
    }
  }
}
