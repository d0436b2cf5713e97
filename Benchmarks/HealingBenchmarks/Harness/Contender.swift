import Healing

/// One of several that are measured in turns.
struct Contender: Sendable {
  let name: String
  let budgets: [Budget]
  /// Whether the calls are all made on the thread that measures; only then their allocations can be counted.
  let isOneThread: Bool
  /// Makes this many calls, on each of its threads.
  /// - Returns: nanoseconds that they took.
  let measure: @Sendable (Int) async throws -> Double
  /// Clears up after a round, outside of the measurement.
  let settle: @Sendable () async throws -> Void

  /// Calls on one thread.
  init(
    name: String, budgets: [Budget] = [], calls: @escaping @Sendable (Int) async throws -> Void,
    settle: @escaping @Sendable () async throws -> Void = {}
  ) {
    self.name = name
    self.budgets = budgets
    isOneThread = true
    measure = { count in try await Self.time { try await calls(count) } }
    self.settle = settle
  }

  /// The same calls on two threads that start together.
  /// - Parameter calls: receives the number of calls and the number of the thread, 0 or 1.
  static func onTwoThreads(
    name: String, budgets: [Budget] = [], calls: @escaping @Sendable (Int, Int) async throws -> Void,
    settle: @escaping @Sendable () async throws -> Void = {}
  ) -> Contender {
    Contender(name: name, budgets: budgets, isOneThread: false, settle: settle) { count in
      let line = StartingLine(runners: 2)
      return try await withThrowingTaskGroup(of: Double.self) { group in
        for thread in 0..<2 {
          group.addTask {
            await line.wait()
            return try await time { try await calls(count, thread) }
          }
        }
        return try await group.reduce(0, +) / 2
      }
    }
  }

  private init(
    name: String, budgets: [Budget], isOneThread: Bool, settle: @escaping @Sendable () async throws -> Void,
    measure: @escaping @Sendable (Int) async throws -> Double
  ) {
    self.name = name
    self.budgets = budgets
    self.isOneThread = isOneThread
    self.settle = settle
    self.measure = measure
  }

  private static func time(_ body: () async throws -> Void) async rethrows -> Double {
    let time = SystemTimeSource()
    let start = time.monotonicNanoseconds()
    try await body()
    return Double(time.monotonicNanoseconds() - start)
  }
}
