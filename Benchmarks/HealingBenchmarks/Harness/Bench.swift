import CHealingAllocations
import Foundation
import Healing

/// What a scenario is given: how much to do, a folder to do it in, and the measuring itself.
struct Bench: Sendable {
  let options: Options
  /// Empty at the start of the run, removed at its end.
  let folder: URL
  private let time = SystemTimeSource()

  init(options: Options, folder: URL) {
    self.options = options
    self.folder = folder
  }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// How much to do: the full share, or the quick one.
  func share<Value>(_ full: Value, quick: Value) -> Value { options.isQuick ? quick : full }

  /// Measures a reference and its contenders in turns, so that what disturbs the machine disturbs all of them, in
  /// nanoseconds a call and thread. The ratio is the median of the ratios within each round.
  func compare(
    _ scenario: String, calls full: Int, rounds: Int = 101, to reference: Contender, _ contenders: [Contender]
  ) async throws -> [Figure] {
    let all = [reference] + contenders
    let calls = share(full, quick: min(full, 100))
    var nanoseconds = all.map { _ in [Double]() }
    var allocations = all.map { _ in [Double]() }
    for round in 0...share(rounds, quick: 1) {
      for (index, contender) in all.enumerated() {
        let blocks = allocation_counter_of_thread()
        let elapsed = try await contender.measure(calls)
        let newBlocks = allocation_counter_of_thread() - blocks
        try await contender.settle()
        if round == 0 { continue }  // Warms up.
        nanoseconds[index].append(elapsed / Double(calls))
        allocations[index].append(Double(newBlocks) / Double(calls))
      }
    }
    return all.enumerated().map { index, contender in
      var figure = Figure(
        scenario: scenario, what: contender.name, unit: "ns", spread: Spread(nanoseconds[index]))
      if contender.isOneThread { figure.allocations = Spread(allocations[index]).median }
      figure.budgets = contender.budgets
      if index > 0 {
        figure.reference = reference.name
        figure.ratio = Spread(zip(nanoseconds[index], nanoseconds[0]).map { $0 / $1 }).median
      }
      return figure
    }
  }

  /// How long something takes, in nanoseconds.
  func nanoseconds(_ body: () async throws -> Void) async rethrows -> Double {
    let start = time.monotonicNanoseconds()
    try await body()
    return Double(time.monotonicNanoseconds() - start)
  }
}
