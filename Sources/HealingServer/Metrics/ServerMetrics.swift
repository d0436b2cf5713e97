import Healing
import Synchronization

/// Counts the server's requests. Labels are operations and statuses, so their number is bounded.
final class ServerMetrics: Sendable {
  struct Key: Hashable {
    let operation: String
    let status: Int
  }
  struct Counts: Sendable {
    var requests: [Key: Int64] = [:]
    var durationSum = Duration.zero
    /// Requests by duration: one count for each of ``ServerMetrics/bounds`` and one for durations above the
    /// last.
    var durations = [Int64](repeating: 0, count: ServerMetrics.bounds.count + 1)
  }

  /// Upper bounds in seconds.
  static let bounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]
  private let state = Lock(Counts())

  var counts: Counts { state.withLock { $0 } }

  func count(_ operation: String, status: Int, duration: Duration) {
    let seconds = duration.milliseconds / 1_000
    let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
    state.withLock { counts in
      counts.requests[Key(operation: operation, status: status), default: 0] += 1
      counts.durationSum += duration
      counts.durations[bucket] += 1
    }
  }
}
