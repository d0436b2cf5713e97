package import Healing

/// What the window of a rate rule should count: a list of counted results, each with its place, of which the last
/// places are recounted each time.
///
/// A place is the number of the call in a window of calls. In a window of time it is the number of a tenth of its length:
/// the tenths start with the first counted result, and again after a whole length without a count or a read. So a call
/// counts for more than nine tenths of the length, and no longer than all of it.
package struct BreakerModelWindow: Sendable {
  package struct Counts: Sendable, Equatable {
    package var (calls, failures, slow) = (0, 0, 0)
    package init() {}
    package init(calls: Int, failures: Int, slow: Int) {
      (self.calls, self.failures, self.slow) = (calls, failures, slow)
    }
  }

  fileprivate enum Kind { case call, failure, slow }
  private struct Mark { var (kind, place, at): (Kind, Int64, Int64) }

  private let places: Int64
  /// Nanoseconds; `nil`: a place is a call.
  private let tenth: Int64?
  private var marks: [Mark] = []
  private var last: Int64 = 0
  private var origin: Int64?
  /// Failures and slow calls after the last call that counted.
  private var bad = 0

  package init(_ window: RateTripRule.Window) {
    switch window {
    case .calls(let count): (places, tenth) = (Int64(count), nil)
    case .time(let length): (places, tenth) = (10, length.nanoseconds / 10)
    }
  }

  package var counts: Counts {
    func count(_ kind: Kind) -> Int { marks.count { $0.kind == kind && $0.place > last - places } }
    return Counts(calls: count(.call), failures: count(.failure), slow: count(.slow))
  }

  /// Whether the counts are those of the calls of nine tenths to ten tenths of the length, whatever the tenths are.
  package func isSound(at now: Int64) -> Bool {
    guard let tenth else { return true }
    let calls = marks.filter { $0.kind == .call }
    let (certain, possible) = (
      calls.count { now - $0.at <= 9 * tenth }, calls.count { now - $0.at < 10 * tenth }
    )
    return (certain...possible).contains(counts.calls)
  }

  package mutating func move(to now: Int64) {
    guard let tenth else { return }
    if let origin, (now - origin) / tenth < last + places {
      last = max(last, (now - origin) / tenth)
    } else {
      (origin, last) = (now, 0)
      for index in marks.indices { marks[index].place = -places }
    }
    // Kept for a while longer, for `isSound(at:)`.
    marks.removeAll { now - $0.at > 20 * tenth }
  }

  /// - Returns: whether a restart has to know: a failure or slow call came or left, or the calls among which there are some
  ///   have doubled.
  package mutating func count(failed: Bool, slow: Bool, at now: Int64) -> Bool {
    move(to: now)
    let before = counts
    var hasLost = before.failures + before.slow != bad
    if tenth == nil {
      hasLost = marks.contains { $0.place == last + 1 - places && $0.kind != .call }
      last += 1
    }
    marks.append(Mark(kind: .call, place: last, at: now))
    if failed { marks.append(Mark(kind: .failure, place: last, at: now)) }
    if slow { marks.append(Mark(kind: .slow, place: last, at: now)) }
    if tenth == nil { marks.removeAll { $0.place <= last - places } }
    let after = counts
    bad = after.failures + after.slow
    let doubles = (0..<20).contains { after.calls == 1 << $0 }
    return failed || slow || hasLost || (bad > 0 && after.calls > before.calls && doubles)
  }

  package mutating func clear() { (marks, bad) = ([], 0) }

  /// Spreads remembered counts evenly over the window as it was at `then`.
  package mutating func restore(_ remembered: Counts, from then: Int64, at now: Int64) {
    clear()
    if let tenth {
      guard now - then < 10 * tenth else { return }
      (origin, last) = (then - 9 * tenth, 9)
      for (kind, count) in remembered.all {
        for number in stride(from: 1, through: count, by: 1) {
          let place = Int64((10 * number + count - 1) / count - 1)
          marks.append(Mark(kind: kind, place: place, at: then - (9 - place) * tenth))
        }
      }
      move(to: now)
    } else {
      last = Int64(remembered.calls)
      for (kind, count) in remembered.all {
        for number in stride(from: 1, through: count, by: 1) {
          let place = Int64((remembered.calls * number + count - 1) / count)
          marks.append(Mark(kind: kind, place: place, at: then))
        }
      }
    }
    bad = counts.failures + counts.slow
  }
}

extension BreakerModelWindow.Counts {
  fileprivate var all: [(BreakerModelWindow.Kind, Int)] {
    [(.call, calls), (.failure, failures), (.slow, slow)]
  }
}

extension CircuitBreakerOptions {
  /// Options for a comparison with ``BreakerModel``: failures in a row, or a share of failed and slow calls over a
  /// window of calls or of time, with waits of some seconds. A call of 2 s is slow.
  package static func forModel(using generator: inout SplitMix64) throws -> CircuitBreakerOptions {
    let rates: [Double] = [0.3, 0.5, 0.8]
    func rate(using generator: inout SplitMix64) -> Double? { rates.randomElement(using: &generator) }
    let trip: TripRule
    switch Int.random(in: 0..<6, using: &generator) {
    case 0, 1:
      trip = .consecutiveFailures(Int.random(in: 1...5, using: &generator))
    case let kind:
      let minimum = Int.random(in: 2...5, using: &generator)
      let judged = Int.random(in: 0..<3, using: &generator)
      trip = .rate(
        RateTripRule(
          window: kind < 4
            ? .calls(Int.random(in: 5...12, using: &generator))
            : .time(.seconds(Int.random(in: 4...30, using: &generator))),
          minimumCalls: minimum, failureRate: judged == 1 ? nil : rate(using: &generator),
          slowCallRate: judged == 0 ? nil : rate(using: &generator), slowCallDuration: .seconds(2)))
    }
    return CircuitBreakerOptions(
      trip: trip, successThreshold: Int.random(in: 1...3, using: &generator), openDuration: .seconds(10),
      halfOpenMaxCalls: Int.random(in: 1...3, using: &generator), probeLease: .seconds(4),
      openGrowth: Bool.random(using: &generator) ? 1 : 2, maxOpenDuration: .seconds(30))
  }
}
