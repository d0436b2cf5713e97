package import Foundation
package import Healing

/// The load of the soak: 30 virtual days of 1,000 calls a second on 20 components, as a script. The writer makes the calls
/// of each step, and the test computes from the same script what the ledger must count.
///
/// A step stands for its seconds: its calls that succeed at once are one sample of each component, and its executions that
/// fail are fewer than their share of the calls.
package struct SoakLoad: Sendable, Codable {
  /// Virtual seconds of a step.
  package let step: Int
  /// Steps between two flushes.
  package let stepsPerFlush: Int
  /// Executions of a step that fail at first, on five days of the week and on the last two.
  package let calm: Int
  package let stormy: Int
  /// Size limit of the ledger.
  package let maxBytes: Int64
  package let reserveBytes: Int64
  /// Size of the disk in MiB.
  package let diskMebibytes: Int
  package let seed: UInt64
  /// Whether the writer waits at the end of each day until retention has caught up: hours pass in a second.
  package let isPaced: Bool

  /// The load of `make soak`, or the share of it in `make test`.
  package init(isWhole: Bool, seed: UInt64) {
    self.seed = seed
    step = isWhole ? 30 : 7_200
    stepsPerFlush = isWhole ? 2 : 1
    (calm, stormy) = isWhole ? (1, 10) : (1, 9)
    maxBytes = isWhole ? 80 << 20 : 2 << 20
    reserveBytes = isWhole ? 4 << 20 : 512 << 10
    diskMebibytes = isWhole ? 256 : 16
    isPaced = isWhole
  }

  package static let days = 30
  package static let components = (0..<20).map { ComponentName("component-\($0)") }
  /// Ages of the tables in days. All but that of the samples are shorter than by default, so that 30 days reach them.
  package static let ages = (
    samples: 7, errors: 20, recoveries: 25, checks: 7, events: 14, minutes: 10, hours: 20
  )
  /// 2026-01-01T00:00:00Z.
  package static let start = Timestamp(microseconds: 1_767_225_600_000_000)

  package var steps: Int { Self.days * stepsPerDay }
  package var stepsPerDay: Int { 86_400 / step }
  package func wall(_ number: Int) -> Timestamp { Self.start + .seconds(number * step) }
  /// Calls of a step and component that succeed at once.
  package var merged: Int64 { Int64(50 * step) }

  /// How an execution ends that fails at first.
  package enum Ending: Sendable { case retried, answered, lost }

  /// Returns the executions of a step that fail at first, by component.
  package func failures(_ number: Int) -> [(component: Int, ending: Ending)] {
    let count = number / stepsPerDay % 7 < 5 ? calm : stormy
    var random = SplitMix64(seed: seed &+ UInt64(number))
    return (0..<count).map { index in
      let endings: [Ending] = [.retried, .retried, .answered, .lost]
      return ((number + index) % 20, endings[Int.random(in: 0..<4, using: &random)])
    }
  }

  /// Returns what the ledger counts for steps, by component.
  package func totals(_ range: Range<Int>) -> [SoakTotals] {
    var totals = [SoakTotals](repeating: SoakTotals(), count: 20)
    for index in totals.indices {
      totals[index].add(.attempts, merged * Int64(range.count))
      totals[index].add(.executions, merged * Int64(range.count))
    }
    for step in range {
      for (component, ending) in failures(step) {
        let isRetried = ending == .retried
        totals[component].add(.attempts, 2)
        totals[component].add(.failures, isRetried ? 1 : 2)
        totals[component].add(.executions, 1)
        totals[component].add(.recoveries, ending == .answered ? 2 : 1)
        totals[component].add(.recovered, ending == .lost ? 0 : 1)
        switch ending {
        case .retried: totals[component].add(.saved, 1)
        case .answered: totals[component].add(.degraded, 1)
        case .lost: totals[component].add(.lost, 1)
        }
      }
    }
    return totals
  }

  /// Returns the errors of steps.
  package func errors(_ range: Range<Int>) -> Int64 {
    range.reduce(0) { $0 + failures($1).reduce(0) { $0 + ($1.ending == .retried ? 1 : 2) } }
  }
}

/// What the ledger counts for a component.
package struct SoakTotals: Sendable, Hashable {
  package enum Field: Int, Sendable, CaseIterable {
    case attempts, failures, executions, recoveries, recovered, saved, degraded, lost, interrupted
  }

  private var counts = [Int64](repeating: 0, count: Field.allCases.count)

  package init() {}

  package subscript(field: Field) -> Int64 { counts[field.rawValue] }
  package mutating func add(_ field: Field, _ count: Int64) { counts[field.rawValue] += count }

  package static func + (a: SoakTotals, b: SoakTotals) -> SoakTotals {
    var sum = a
    for field in Field.allCases { sum.add(field, b[field]) }
    return sum
  }
}

/// How far the writer of the soak is, in a file that survives its kill.
package struct SoakProgress: Sendable {
  /// Steps that it has begun to record.
  package var recorded = 0
  /// Steps whose flush has succeeded.
  package var flushed = 0
  /// Flushes that failed, in this run.
  package var failedFlushes = 0

  package init() {}

  /// Reads the file; zeros for a file without a line.
  package init(path: String) {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    guard numbers.count == 3 else { return }
    (recorded, flushed, failedFlushes) = (numbers[0], numbers[1], numbers[2])
  }

  /// Replaces the line of the file in one system call.
  package func write(to file: FileHandle) throws {
    let line = [recorded, flushed, failedFlushes].map { number in
      let digits = String(number)
      return String(repeating: " ", count: max(0, 12 - digits.count)) + digits
    }.joined(separator: " ")
    try file.seek(toOffset: 0)
    try file.write(contentsOf: Data((line + "\n").utf8))
  }
}
