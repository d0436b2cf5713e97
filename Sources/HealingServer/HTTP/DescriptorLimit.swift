import CEvent
import Foundation

/// How many descriptors the process may have, and whether they run out. Some are kept for the ledger and for the programs
/// that checks start.
struct DescriptorLimit: Sendable {
  /// How many are kept.
  let reserve: Int
  /// How many connections there can be beside what is open now.
  let connections: Int

  /// Goes by the limit that is in force now.
  init() {
    var limits = rlimit()
    let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0
    let limit = isKnown ? Int(clamping: limits.rlim_cur) : .max
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 32
    reserve = min(32, limit / 8)
    connections = max(1, limit - open - reserve)
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
