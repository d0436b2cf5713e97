import CHealingEvent
import Foundation

/// The process's limit of file descriptors (`RLIMIT_NOFILE`), and whether they are exhausted. Keeps a reserve
/// for the ledger and for the programs that checks start.
package struct DescriptorLimit: Sendable {
  /// Minimum of connections for a server. With fewer, a few clients that keep connections open would block all
  /// other requests.
  static let leastConnections = 8
  /// Descriptors that are not available to connections.
  let reserve: Int
  /// Connections possible in addition to the descriptors open now; 0 or less when there is no room.
  let connections: Int

  /// Reads the current limit.
  package init() {
    var limits = rlimit()
    let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0
    let limit = isKnown ? Int(clamping: limits.rlim_cur) : .max
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 32
    reserve = min(32, limit / 4)
    connections = limit - open - reserve
  }

  /// Whether the process or the system is out of descriptors.
  var isExhausted: Bool {
    let probe = cevent_wake_descriptor()
    guard probe < 0 else {
      close(probe)
      return false
    }
    return errno == EMFILE || errno == ENFILE
  }
}
