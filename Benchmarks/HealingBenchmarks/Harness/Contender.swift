/// One of several that are measured in turns.
struct Contender: Sendable {
  let name: String
  var budgets: [Budget] = []
  /// How many threads make the calls; allocations are counted for one only.
  var threads = 1
  /// Makes this many calls a thread.
  let calls: @Sendable (Int) async throws -> Void
  /// Clears up after a round, outside of the measurement.
  var settle: @Sendable () async throws -> Void = {}
}
