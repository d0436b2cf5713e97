import CHealingEvent
import Foundation

/// The descriptors that the process may have (`RLIMIT_NOFILE`), and whether they run out. A reserve is kept for the ledger
/// and for the programs that checks start.
package struct DescriptorLimit: Sendable {
  /// With fewer connections, a few clients that hold theirs would keep out a request that is answered at once.
  static let leastConnections = 8
  /// Descriptors that connections do not get.
  let reserve: Int
  /// Connections that there can be beside the descriptors that are open now; 0 or less for none.
  let connections: Int

  /// Reads the limit that is in force now.
  package init() {
    var limits = rlimit()
    let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0
    let limit = isKnown ? Int(clamping: limits.rlim_cur) : .max
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 32
    reserve = min(32, limit / 4)
    connections = limit - open - reserve
  }

  /// Whether the process, or the system, has none left.
  var isExhausted: Bool {
    let probe = cevent_wake_descriptor()
    guard probe < 0 else {
      close(probe)
      return false
    }
    return errno == EMFILE || errno == ENFILE
  }
}
