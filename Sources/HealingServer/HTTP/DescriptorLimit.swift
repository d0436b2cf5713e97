import CEvent
import Glibc

/// How many descriptors the process may have, and whether they run out. The last of them are kept for the ledger and
/// for the programs that checks start.
struct DescriptorLimit: Sendable {
  /// How many are kept.
  let reserve: Int32
  private let limit: Int32

  /// Goes by the limit that is in force now.
  init() {
    var limits = rlimit()
    let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0
    limit = isKnown ? Int32(clamping: limits.rlim_cur) : .max
    reserve = min(32, limit / 8)
  }

  /// Whether a descriptor that was just given out is one of the last: the system gives out the lowest free number.
  func isShort(at descriptor: Int32) -> Bool { descriptor >= limit - reserve }

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
